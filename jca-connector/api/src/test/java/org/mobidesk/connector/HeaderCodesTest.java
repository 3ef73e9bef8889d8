package org.mobidesk.connector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The enumerations here are those of mobidesk.h, name by name and number by number. */
class HeaderCodesTest {

  private static final Path HEADER = Path.of("../../native/include/mobidesk.h");

  @Test
  void codesAreThoseOfTheHeader() throws IOException {
    Map<String, Integer> header = enumOf("mobidesk_code", "MOBIDESK_");
    header.remove("OK");
    Map<String, Integer> ours = new LinkedHashMap<>();
    for (HostException.Code code : HostException.Code.values()) {
      ours.put(code.name(), code.number());
      assertEquals(code, HostException.Code.of(code.number()));
    }
    assertEquals(header, ours);
  }

  @Test
  void statesAreThoseOfTheHeader() throws IOException {
    Map<String, Integer> ours = new LinkedHashMap<>();
    for (SessionInfo.State state : SessionInfo.State.values()) {
      ours.put(state.name(), state.number());
      assertEquals(state, SessionInfo.State.of(state.number()));
    }
    assertEquals(enumOf("mobidesk_state", "MOBIDESK_"), ours);
  }

  @Test
  void eventKindsAreThoseOfTheHeader() throws IOException {
    Map<String, Integer> ours = new LinkedHashMap<>();
    for (HostEvent.Kind kind : HostEvent.Kind.values()) {
      ours.put(kind.name(), kind.number());
      assertEquals(kind, HostEvent.Kind.of(kind.number()));
    }
    assertEquals(enumOf("mobidesk_event_kind", "MOBIDESK_EVENT_"), ours);
  }

  private static Map<String, Integer> enumOf(String name, String prefix) throws IOException {
    var body =
        Pattern.compile("enum " + name + " \\{(.*?)\\};", Pattern.DOTALL)
            .matcher(Files.readString(HEADER));
    body.find();
    Map<String, Integer> constants = new LinkedHashMap<>();
    var constant = Pattern.compile(prefix + "(\\w+) = (\\d+)").matcher(body.group(1));
    while (constant.find()) {
      constants.put(constant.group(1), Integer.valueOf(constant.group(2)));
    }
    assertFalse(constants.isEmpty(), "no constants of " + name + " in " + HEADER);
    return constants;
  }
}

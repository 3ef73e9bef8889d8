package org.mobidesk.viewer.input;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javafx.scene.input.KeyCode;
import org.junit.jupiter.api.Test;

class KeysymsTest {
  private static final Path KEYSYMDEF = Path.of("/usr/include/X11/keysymdef.h");

  /** The table against X11's own header, which the native build needs anyway. */
  @Test
  void keysAreThoseOfX11() throws IOException {
    Map<String, Integer> x11 = new TreeMap<>();
    var definition = Pattern.compile("#define XK_(\\w+)\\s+0x([0-9a-fA-F]+).*");
    for (String line : Files.readAllLines(KEYSYMDEF)) {
      var matcher = definition.matcher(line);
      if (matcher.matches()) {
        x11.put(matcher.group(1), Integer.parseInt(matcher.group(2), 16));
      }
    }
    Map<KeyCode, String> names =
        Map.ofEntries(
            Map.entry(KeyCode.SHIFT, "Shift_L"),
            Map.entry(KeyCode.CONTROL, "Control_L"),
            Map.entry(KeyCode.ALT, "Alt_L"),
            Map.entry(KeyCode.META, "Super_L"),
            Map.entry(KeyCode.BACK_SPACE, "BackSpace"),
            Map.entry(KeyCode.TAB, "Tab"),
            Map.entry(KeyCode.ENTER, "Return"),
            Map.entry(KeyCode.ESCAPE, "Escape"),
            Map.entry(KeyCode.HOME, "Home"),
            Map.entry(KeyCode.LEFT, "Left"),
            Map.entry(KeyCode.UP, "Up"),
            Map.entry(KeyCode.RIGHT, "Right"),
            Map.entry(KeyCode.DOWN, "Down"),
            Map.entry(KeyCode.PAGE_UP, "Page_Up"),
            Map.entry(KeyCode.PAGE_DOWN, "Page_Down"),
            Map.entry(KeyCode.END, "End"),
            Map.entry(KeyCode.PRINTSCREEN, "Print"),
            Map.entry(KeyCode.INSERT, "Insert"),
            Map.entry(KeyCode.CONTEXT_MENU, "Menu"),
            Map.entry(KeyCode.PAUSE, "Pause"),
            Map.entry(KeyCode.SCROLL_LOCK, "Scroll_Lock"),
            Map.entry(KeyCode.DELETE, "Delete"),
            Map.entry(KeyCode.KP_LEFT, "KP_Left"),
            Map.entry(KeyCode.KP_DOWN, "KP_Down"),
            Map.entry(KeyCode.MULTIPLY, "KP_Multiply"),
            Map.entry(KeyCode.ADD, "KP_Add"),
            Map.entry(KeyCode.SUBTRACT, "KP_Subtract"),
            Map.entry(KeyCode.DIVIDE, "KP_Divide"),
            Map.entry(KeyCode.F1, "F1"),
            Map.entry(KeyCode.F12, "F12"),
            Map.entry(KeyCode.F24, "F24"));
    names.forEach(
        (key, name) -> assertEquals(x11.get(name), Keysyms.ofKey(key).orElseThrow(), name));
    assertEquals(x11.get("EuroSign"), Keysyms.ofCharacter('€'));
    assertEquals(x11.get("udiaeresis"), Keysyms.ofCharacter('ü'));
    assertEquals(x11.get("asciitilde"), Keysyms.ofCharacter('~'));
    assertEquals(0x01000416, Keysyms.ofCharacter('Ж'));
  }
}

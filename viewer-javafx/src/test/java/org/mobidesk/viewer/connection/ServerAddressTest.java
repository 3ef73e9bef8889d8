package org.mobidesk.viewer.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerAddressTest {
  @ParameterizedTest
  @CsvSource({
    "desk.example.org, desk.example.org, 8443",
    " 198.18.0.1:443 , 198.18.0.1, 443",
    "[2001:db8::1], 2001:db8::1, 8443",
    "[::1]:9000, ::1, 9000"
  })
  void isReadAsPeopleWriteIt(String text, String host, int port) {
    assertEquals(new ServerAddress(host, port), ServerAddress.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a b",
        "host:",
        "host:0",
        "host:70000",
        "https://host",
        "::1",
        "[::1",
        "h:1:2"
      })
  void whatIsNoneIsRefusedWithAnExample(String text) {
    var error = assertThrows(IllegalArgumentException.class, () -> ServerAddress.parse(text));
    assertTrue(error.getMessage().contains("desk.example.org:8443"), error.getMessage());
  }

  @Test
  void isWrittenForHttp() {
    assertEquals(
        "https://[2001:db8::1]:8443/display",
        ServerAddress.parse("[2001:db8::1]").uri("/display").toString());
  }
}

package org.mobidesk.viewer.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ArgumentsTest {
  @Test
  void textIsAllThatFollows() throws ScriptException {
    Arguments a = new Arguments("type  two  words\\n\\t\\\\ ");
    assertEquals("type", a.command());
    assertEquals("two  words\n\t\\", a.text());
    a.end();
  }

  @Test
  void mistakesAreNamed() {
    assertSays("'click' lacks its x", () -> new Arguments("click").number("x"));
    assertSays("the y 'ten' is no number", () -> new Arguments("click ten").number("y"));
    assertSays("'5' is too much for 'status'", () -> new Arguments("status 5").end());
    assertSays("after a \\ comes n, t or another \\", () -> new Arguments("type \\x").text());
  }

  private static void assertSays(String message, org.junit.jupiter.api.function.Executable call) {
    assertEquals(message, assertThrows(ScriptException.class, call).getMessage());
  }
}

package org.mobidesk.viewer.script;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javafx.scene.input.KeyCode;

/** Names of keys in scripts: those of X11, in any case, and single characters. */
final class KeyNames {
  private static final Map<String, KeyCode> MODIFIERS =
      Map.of(
          "ctrl", KeyCode.CONTROL,
          "control", KeyCode.CONTROL,
          "control_l", KeyCode.CONTROL,
          "alt", KeyCode.ALT,
          "alt_l", KeyCode.ALT,
          "shift", KeyCode.SHIFT,
          "shift_l", KeyCode.SHIFT,
          "super", KeyCode.META,
          "super_l", KeyCode.META,
          "meta", KeyCode.META);

  private static final Map<String, Key> KEYS = new HashMap<>();

  static {
    KEYS.put("return", new Key(KeyCode.ENTER, "\r"));
    KEYS.put("enter", new Key(KeyCode.ENTER, "\r"));
    KEYS.put("tab", new Key(KeyCode.TAB, "\t"));
    KEYS.put("backspace", new Key(KeyCode.BACK_SPACE, "\b"));
    KEYS.put("escape", new Key(KeyCode.ESCAPE, "\u001b"));
    KEYS.put("delete", new Key(KeyCode.DELETE, "\u007f"));
    KEYS.put("space", new Key(KeyCode.SPACE, " "));
    KEYS.put("plus", new Key(KeyCode.PLUS, "+"));
    KEYS.put("insert", new Key(KeyCode.INSERT, ""));
    KEYS.put("home", new Key(KeyCode.HOME, ""));
    KEYS.put("end", new Key(KeyCode.END, ""));
    KEYS.put("page_up", new Key(KeyCode.PAGE_UP, ""));
    KEYS.put("prior", new Key(KeyCode.PAGE_UP, ""));
    KEYS.put("page_down", new Key(KeyCode.PAGE_DOWN, ""));
    KEYS.put("next", new Key(KeyCode.PAGE_DOWN, ""));
    KEYS.put("left", new Key(KeyCode.LEFT, ""));
    KEYS.put("right", new Key(KeyCode.RIGHT, ""));
    KEYS.put("up", new Key(KeyCode.UP, ""));
    KEYS.put("down", new Key(KeyCode.DOWN, ""));
    KEYS.put("menu", new Key(KeyCode.CONTEXT_MENU, ""));
    KEYS.put("print", new Key(KeyCode.PRINTSCREEN, ""));
    KEYS.put("pause", new Key(KeyCode.PAUSE, ""));
    for (int i = 1; i <= 24; i++) {
      KEYS.put("f" + i, new Key(KeyCode.valueOf("F" + i), ""));
    }
    MODIFIERS.forEach((name, code) -> KEYS.put(name, new Key(code, "")));
  }

  private KeyNames() {}

  static KeyCode modifier(String name) throws ScriptException {
    KeyCode code = MODIFIERS.get(name.toLowerCase(Locale.ROOT));
    if (code == null) {
      throw new ScriptException(
          "'%s' is no modifier: ctrl, alt, shift and super are".formatted(name));
    }
    return code;
  }

  static Key key(String name) throws ScriptException {
    Key key = KEYS.get(name.toLowerCase(Locale.ROOT));
    if (key != null) {
      return key;
    }
    if (name.codePointCount(0, name.length()) == 1) {
      KeyCode code = KeyCode.getKeyCode(name.toUpperCase(Locale.ROOT));
      return new Key(code == null ? KeyCode.UNDEFINED : code, name);
    }
    throw new ScriptException(
        "there is no key '%s': write a character, or a name such as Return, Page_Up or F5"
            .formatted(name));
  }

  /**
   * A key.
   *
   * @param text what it types, may be empty
   */
  record Key(KeyCode code, String text) {}
}

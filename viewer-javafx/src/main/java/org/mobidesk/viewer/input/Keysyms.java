package org.mobidesk.viewer.input;

import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalInt;
import javafx.scene.input.KeyCode;

/** X11 keysyms (X11/keysymdef.h) of keys and characters. */
public final class Keysyms {
  /** Keysyms of Unicode characters that have none of their own begin here. */
  private static final int UNICODE = 0x01000000;

  private static final int EURO = 0x20ac;
  private static final int SHIFT_L = 0xffe1;
  private static final int CONTROL_L = 0xffe3;
  private static final int ALT_L = 0xffe9;
  private static final int SUPER_L = 0xffeb;

  /**
   * Keys that are no characters. Digits of the keypad are characters here: what their own keysyms
   * do depends on the session's Num Lock, which the user does not see.
   */
  private static final Map<KeyCode, Integer> OF_KEYS = new EnumMap<>(KeyCode.class);

  static {
    OF_KEYS.put(KeyCode.SHIFT, SHIFT_L);
    OF_KEYS.put(KeyCode.CONTROL, CONTROL_L);
    OF_KEYS.put(KeyCode.ALT, ALT_L);
    OF_KEYS.put(KeyCode.META, SUPER_L);
    OF_KEYS.put(KeyCode.COMMAND, SUPER_L);
    OF_KEYS.put(KeyCode.WINDOWS, SUPER_L);
    OF_KEYS.put(KeyCode.BACK_SPACE, 0xff08);
    OF_KEYS.put(KeyCode.TAB, 0xff09);
    OF_KEYS.put(KeyCode.CLEAR, 0xff0b);
    OF_KEYS.put(KeyCode.ENTER, 0xff0d);
    OF_KEYS.put(KeyCode.PAUSE, 0xff13);
    OF_KEYS.put(KeyCode.SCROLL_LOCK, 0xff14);
    OF_KEYS.put(KeyCode.ESCAPE, 0xff1b);
    OF_KEYS.put(KeyCode.COMPOSE, 0xff20);
    OF_KEYS.put(KeyCode.HOME, 0xff50);
    OF_KEYS.put(KeyCode.LEFT, 0xff51);
    OF_KEYS.put(KeyCode.UP, 0xff52);
    OF_KEYS.put(KeyCode.RIGHT, 0xff53);
    OF_KEYS.put(KeyCode.DOWN, 0xff54);
    OF_KEYS.put(KeyCode.PAGE_UP, 0xff55);
    OF_KEYS.put(KeyCode.PAGE_DOWN, 0xff56);
    OF_KEYS.put(KeyCode.END, 0xff57);
    OF_KEYS.put(KeyCode.BEGIN, 0xff58);
    OF_KEYS.put(KeyCode.PRINTSCREEN, 0xff61);
    OF_KEYS.put(KeyCode.INSERT, 0xff63);
    OF_KEYS.put(KeyCode.UNDO, 0xff65);
    OF_KEYS.put(KeyCode.AGAIN, 0xff66);
    OF_KEYS.put(KeyCode.CONTEXT_MENU, 0xff67);
    OF_KEYS.put(KeyCode.FIND, 0xff68);
    OF_KEYS.put(KeyCode.CANCEL, 0xff69);
    OF_KEYS.put(KeyCode.HELP, 0xff6a);
    OF_KEYS.put(KeyCode.KP_LEFT, 0xff96);
    OF_KEYS.put(KeyCode.KP_UP, 0xff97);
    OF_KEYS.put(KeyCode.KP_RIGHT, 0xff98);
    OF_KEYS.put(KeyCode.KP_DOWN, 0xff99);
    OF_KEYS.put(KeyCode.MULTIPLY, 0xffaa);
    OF_KEYS.put(KeyCode.ADD, 0xffab);
    OF_KEYS.put(KeyCode.SUBTRACT, 0xffad);
    OF_KEYS.put(KeyCode.DIVIDE, 0xffaf);
    OF_KEYS.put(KeyCode.DELETE, 0xffff);
    OF_KEYS.put(KeyCode.MUTE, 0x1008ff12);
    OF_KEYS.put(KeyCode.VOLUME_DOWN, 0x1008ff11);
    OF_KEYS.put(KeyCode.VOLUME_UP, 0x1008ff13);
    OF_KEYS.put(KeyCode.PLAY, 0x1008ff14);
    OF_KEYS.put(KeyCode.STOP, 0x1008ff15);
    OF_KEYS.put(KeyCode.TRACK_PREV, 0x1008ff16);
    OF_KEYS.put(KeyCode.TRACK_NEXT, 0x1008ff17);
    OF_KEYS.put(KeyCode.COPY, 0x1008ff57);
    OF_KEYS.put(KeyCode.CUT, 0x1008ff58);
    OF_KEYS.put(KeyCode.PASTE, 0x1008ff6d);
    for (int i = 1; i <= 24; i++) {
      OF_KEYS.put(KeyCode.valueOf("F" + i), 0xffbe + i - 1);
    }
  }

  private Keysyms() {}

  /** The keysym of a key that is no plain character. */
  public static OptionalInt ofKey(KeyCode key) {
    Integer keysym = OF_KEYS.get(key);
    return keysym == null ? OptionalInt.empty() : OptionalInt.of(keysym);
  }

  /**
   * The keysym of a character.
   *
   * @param codePoint not a control character
   */
  public static int ofCharacter(int codePoint) {
    boolean latin1 =
        codePoint >= 0x20 && codePoint <= 0x7e || codePoint >= 0xa0 && codePoint <= 0xff;
    if (latin1 || codePoint == EURO) {
      return codePoint; // the euro's keysym happens to be its code point
    }
    return UNICODE + codePoint;
  }
}

package org.mobidesk.viewer.ui;

import java.util.ArrayList;
import java.util.List;
import org.mobidesk.protocol.MessageToSession.Key;

/** Keys that the user's own system often keeps for itself, to be sent by the menu. */
enum KeyChord {
  CONTROL_ALT_DELETE("Ctrl+Alt+Del", 0xffe3, 0xffe9, 0xffff),
  ALT_TAB("Alt+Tab", 0xffe9, 0xff09),
  ALT_F4("Alt+F4", 0xffe9, 0xffc1),
  SUPER("Super", 0xffeb),
  PRINT("Print Screen", 0xff61),
  F11("F11", 0xffc8);

  private final String words;
  private final int[] keysyms;

  KeyChord(String words, int... keysyms) {
    this.words = words;
    this.keysyms = keysyms;
  }

  /** Presses in their order, then releases in reverse. */
  List<Key> messages() {
    List<Key> messages = new ArrayList<>();
    for (int keysym : keysyms) {
      messages.add(new Key(keysym, true));
    }
    for (int i = keysyms.length - 1; i >= 0; i--) {
      messages.add(new Key(keysyms[i], false));
    }
    return messages;
  }

  @Override
  public String toString() {
    return words;
  }
}

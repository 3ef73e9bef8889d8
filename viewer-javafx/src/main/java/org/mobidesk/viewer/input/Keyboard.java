package org.mobidesk.viewer.input;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import javafx.event.EventType;
import javafx.scene.input.InputMethodEvent;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.Protocol;

/**
 * Makes KEY messages of JavaFX's key events, and TEXT messages of what input methods make. JavaFX
 * tells keys and characters apart: KEY_PRESSED names the key, KEY_TYPED, which follows at once, the
 * character that it gives in the user's layout. A session wants the keysym of the character,
 * pressed as long as the key is: so a press waits for its character, but where there is none
 * (arrows, shortcuts).
 *
 * <p>A key that repeats is sent once: the session's own server repeats held keys, and goes on to do
 * so at the pace that the network cannot disturb. AltGr, Caps Lock and Num Lock are not sent: they
 * have done their work in the character.
 *
 * <p>To be used in the JavaFX thread only.
 */
public final class Keyboard {
  private static final Set<KeyCode> LOCAL =
      EnumSet.of(KeyCode.ALT_GRAPH, KeyCode.CAPS, KeyCode.NUM_LOCK);

  private final Consumer<MessageToSession> session;
  private final Map<KeyCode, Integer> held = new EnumMap<>(KeyCode.class);

  /** The key that was pressed last and waits for its character, or null. */
  private KeyCode awaitsCharacter;

  /** Whether the character that comes next belongs to a press that has been dealt with. */
  private boolean dealtWith;

  public Keyboard(Consumer<MessageToSession> session) {
    this.session = session;
  }

  /** Takes a key event and consumes it. */
  public void handle(KeyEvent event) {
    EventType<KeyEvent> type = event.getEventType();
    if (type == KeyEvent.KEY_PRESSED) {
      pressed(event);
    } else if (type == KeyEvent.KEY_TYPED) {
      typed(event.getCharacter());
    } else if (type == KeyEvent.KEY_RELEASED) {
      released(event.getCode());
    }
    event.consume();
  }

  /** Takes text that an input method or a dead key composed. */
  public void handle(InputMethodEvent event) {
    send(event.getCommitted());
    event.consume();
  }

  /** Releases everything here and there: the focus is lost, and with it the events of release. */
  public void releaseAll() {
    if (!held.isEmpty()) {
      held.clear();
      session.accept(new MessageToSession.ReleaseAll());
    }
    awaitsCharacter = null;
    dealtWith = false;
  }

  private void pressed(KeyEvent event) {
    KeyCode key = event.getCode();
    awaitsCharacter = null;
    dealtWith = true;
    if (LOCAL.contains(key) || held.containsKey(key)) {
      return;
    }
    OptionalInt keysym = Keysyms.ofKey(key);
    if (keysym.isPresent()) {
      press(key, keysym.getAsInt());
    } else if (event.isControlDown() || event.isAltDown() || event.isMetaDown()) {
      int character = characterOf(event);
      if (character != 0) {
        press(key, Keysyms.ofCharacter(character));
      }
    } else {
      awaitsCharacter = key;
      dealtWith = false;
    }
  }

  private void typed(String characters) {
    KeyCode key = awaitsCharacter;
    awaitsCharacter = null;
    if (dealtWith) {
      return;
    }
    int[] codePoints = characters.codePoints().filter(c -> !Character.isISOControl(c)).toArray();
    if (codePoints.length == 1 && key != null && key != KeyCode.UNDEFINED) {
      press(key, Keysyms.ofCharacter(codePoints[0]));
    } else {
      // Keys that JavaFX has no name for cannot be told apart when they are released.
      for (int codePoint : codePoints) {
        press(KeyCode.UNDEFINED, Keysyms.ofCharacter(codePoint));
      }
    }
  }

  /** Sends text, in as many messages as it takes; what is no character is left out. */
  private void send(String text) {
    StringBuilder part = new StringBuilder();
    int bytes = 0;
    for (int codePoint : text.codePoints().toArray()) {
      String character = Character.toString(codePoint);
      if (Character.getType(codePoint) == Character.SURROGATE) {
        continue;
      }
      int more = character.getBytes(StandardCharsets.UTF_8).length;
      if (bytes + more > Protocol.MAX_TEXT_BYTES) {
        session.accept(new MessageToSession.Text(part.toString()));
        part.setLength(0);
        bytes = 0;
      }
      part.append(character);
      bytes += more;
    }
    if (bytes > 0) {
      session.accept(new MessageToSession.Text(part.toString()));
    }
  }

  private void released(KeyCode key) {
    Integer keysym = held.remove(key);
    if (keysym != null) {
      session.accept(new MessageToSession.Key(keysym, false));
    }
  }

  private void press(KeyCode key, int keysym) {
    session.accept(new MessageToSession.Key(keysym, true));
    if (key == KeyCode.UNDEFINED) {
      session.accept(new MessageToSession.Key(keysym, false));
    } else {
      held.put(key, keysym);
    }
  }

  /**
   * The character of a key in a shortcut, or 0: Control has made a control character of a letter.
   */
  private static int characterOf(KeyEvent event) {
    String text = event.getText();
    int character = text.isEmpty() ? 0 : text.codePointAt(0);
    if (character >= 1 && character <= 26) {
      character = 'a' + character - 1;
    } else if (Character.isISOControl(character)) {
      String name = event.getCode().getChar();
      character = name.isEmpty() ? 0 : Character.toLowerCase(name.codePointAt(0));
    }
    if (Character.isISOControl(character)) {
      return 0;
    }
    return event.isShiftDown() ? Character.toUpperCase(character) : character;
  }
}

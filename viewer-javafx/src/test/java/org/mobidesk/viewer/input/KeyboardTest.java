package org.mobidesk.viewer.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import javafx.event.EventType;
import javafx.scene.input.InputMethodEvent;
import javafx.scene.input.InputMethodHighlight;
import javafx.scene.input.InputMethodTextRun;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import org.junit.jupiter.api.Test;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.MessageToSession.Key;
import org.mobidesk.protocol.MessageToSession.Text;
import org.mobidesk.protocol.Protocol;

class KeyboardTest {
  private static final int SHIFT = 1;
  private static final int CONTROL = 2;

  private final List<MessageToSession> sent = new ArrayList<>();
  private final Keyboard keyboard = new Keyboard(sent::add);

  @Test
  void aPressIsSentWithItsCharacterAndReleasedWithTheKey() {
    press(KeyCode.A, "a", 0);
    typed("a");
    assertSent(new Key('a', true));
    release(KeyCode.A);
    assertSent(new Key('a', false));
  }

  /** The character decides, not the key: on a French keyboard the key of Q gives an a. */
  @Test
  void theLayoutIsTheUsersOwn() {
    press(KeyCode.Q, "a", 0);
    typed("a");
    press(KeyCode.DIGIT7, "/", SHIFT);
    typed("/");
    assertSent(new Key('a', true), new Key('/', true));
  }

  @Test
  void aKeyThatRepeatsIsSentOnce() {
    for (int i = 0; i < 3; i++) {
      press(KeyCode.A, "a", 0);
      typed("a");
      press(KeyCode.LEFT, "", 0);
    }
    release(KeyCode.LEFT);
    release(KeyCode.A);
    assertSent(
        new Key('a', true), new Key(0xff51, true), new Key(0xff51, false), new Key('a', false));
  }

  @Test
  void controlMakesShortcutsOfLetters() {
    press(KeyCode.CONTROL, "", CONTROL);
    press(KeyCode.C, "\u0003", CONTROL);
    typed("\u0003");
    release(KeyCode.C);
    press(KeyCode.T, "\u0014", CONTROL | SHIFT);
    assertSent(new Key(0xffe3, true), new Key('c', true), new Key('c', false), new Key('T', true));
  }

  @Test
  void whatHasDoneItsWorkInTheCharacterIsNotSent() {
    press(KeyCode.ALT_GRAPH, "", 0);
    press(KeyCode.Q, "@", 0);
    typed("@");
    press(KeyCode.CAPS, "", 0);
    press(KeyCode.NUM_LOCK, "", 0);
    release(KeyCode.ALT_GRAPH);
    assertSent(new Key('@', true));
  }

  @Test
  void aDeadKeySendsNothing() {
    press(KeyCode.DEAD_CIRCUMFLEX, "", 0);
    release(KeyCode.DEAD_CIRCUMFLEX);
    assertSent();
  }

  @Test
  void charactersWithoutAKeyAreTapped() {
    press(KeyCode.UNDEFINED, "ö", 0);
    typed("ö");
    release(KeyCode.UNDEFINED);
    typed("🖥");
    assertSent(
        new Key(0xf6, true),
        new Key(0xf6, false),
        new Key(0x0101f5a5, true),
        new Key(0x0101f5a5, false));
  }

  /** What is being composed is the input method's; what is committed goes at once, as one text. */
  @Test
  void anInputMethodsTextIsSentWhenItIsCommitted() {
    composed("にほ", "");
    assertSent();
    composed("", "日本語😀");
    assertSent(new Text("日本語😀"));
    composed("", "a\ud83d"); // half a character
    assertSent(new Text("a"));
  }

  @Test
  void longTextGoesInPartsOfWholeCharacters() {
    int most = Protocol.MAX_TEXT_BYTES / 3;
    composed("", "語".repeat(2 * most + 1));
    assertSent(new Text("語".repeat(most)), new Text("語".repeat(most)), new Text("語"));
  }

  @Test
  void losingTheFocusReleasesWhatIsHeldOnce() {
    press(KeyCode.SHIFT, "", SHIFT);
    keyboard.releaseAll();
    keyboard.releaseAll();
    release(KeyCode.SHIFT);
    assertSent(new Key(0xffe1, true), new MessageToSession.ReleaseAll());
  }

  @Test
  void eventsAreConsumed() {
    KeyEvent event = event(KeyEvent.KEY_PRESSED, KeyCode.TAB, "\t", 0);
    keyboard.handle(event);
    assertTrue(event.isConsumed(), "else Tab would move the focus");
  }

  private void press(KeyCode key, String text, int modifiers) {
    keyboard.handle(event(KeyEvent.KEY_PRESSED, key, text, modifiers));
  }

  private void release(KeyCode key) {
    keyboard.handle(event(KeyEvent.KEY_RELEASED, key, "", 0));
  }

  private void typed(String character) {
    keyboard.handle(
        new KeyEvent(
            KeyEvent.KEY_TYPED, character, "", KeyCode.UNDEFINED, false, false, false, false));
  }

  private void composed(String composing, String committed) {
    keyboard.handle(
        new InputMethodEvent(
            InputMethodEvent.INPUT_METHOD_TEXT_CHANGED,
            List.of(new InputMethodTextRun(composing, InputMethodHighlight.UNSELECTED_RAW)),
            committed,
            0));
  }

  private static KeyEvent event(EventType<KeyEvent> type, KeyCode key, String text, int modifiers) {
    return new KeyEvent(
        type,
        KeyEvent.CHAR_UNDEFINED,
        text,
        key,
        (modifiers & SHIFT) != 0,
        (modifiers & CONTROL) != 0,
        false,
        false);
  }

  private void assertSent(MessageToSession... messages) {
    assertEquals(List.of(messages), sent);
    sent.clear();
  }
}

package org.mobidesk.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Both ends of the protocol read the same bytes in the same way. */
class SharedVectorsTest {

  @TestFactory
  Stream<DynamicTest> validMessagesAreDecodedAndEncoded() {
    return each("valid.json", SharedVectorsTest::checkValid);
  }

  @TestFactory
  Stream<DynamicTest> unknownMessagesAreSkipped() {
    return each(
        "skipped.json",
        vector -> {
          Envelope envelope = reader(vector).read();
          assertNotNull(envelope);
          assertEquals(Optional.empty(), decode(vector, envelope));
        });
  }

  @TestFactory
  Stream<DynamicTest> incompleteMessagesAreNoProtocolError() {
    return each(
        "incomplete.json",
        vector -> {
          EnvelopeReader reader = reader(vector);
          if (vector.getString("hex").isEmpty()) {
            assertEquals(null, reader.read());
          } else {
            assertThrows(EOFException.class, reader::read);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> invalidMessagesAreRefused() {
    return each(
        "invalid.json",
        vector -> {
          var error = assertThrows(ProtocolException.class, () -> receive(vector));
          assertTrue(error.getMessage().length() > 20, error.getMessage());
        });
  }

  private static void checkValid(JsonObject vector) throws IOException {
    Message message = receive(vector);
    assertEquals(VectorMessages.of(vector.getJsonObject("message")), message);
    if (!vector.getBoolean("decodeOnly", false)) {
      ByteBuffer encoded = MessageEncoder.encode(message);
      assertArrayEquals(bytes(vector), encoded.array());
    }
    if (vector.containsKey("pixels")) {
      checkPixels(vector, (MessageToViewer) message);
    }
  }

  private static void checkPixels(JsonObject vector, MessageToViewer message) throws IOException {
    Framebuffer screen = screen(vector);
    Rectangle area = screen.apply(message);
    var expected =
        ByteBuffer.wrap(HexFormat.of().parseHex(vector.getString("pixels")))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asIntBuffer();
    for (int y = area.y(); y < area.y() + area.height(); y++) {
      for (int x = area.x(); x < area.x() + area.width(); x++) {
        assertEquals(
            Integer.toHexString(expected.get() | 0xff000000),
            Integer.toHexString(screen.pixels()[y * screen.width() + x]),
            "pixel " + x + "," + y);
      }
    }
  }

  /** What a receiver does with a message: reads, decodes and, at a viewer, applies it. */
  private static Message receive(JsonObject vector) throws IOException {
    Message message = decode(vector, reader(vector).read()).orElseThrow();
    if (message instanceof MessageToViewer toViewer && vector.containsKey("screen")) {
      screen(vector).apply(toViewer);
    }
    return message;
  }

  private static Framebuffer screen(JsonObject vector) throws ProtocolException {
    JsonObject size = vector.getJsonObject("screen");
    int width = size == null ? 320 : size.getInt("width");
    int height = size == null ? 200 : size.getInt("height");
    Framebuffer screen = new Framebuffer();
    screen.apply(new MessageToViewer.ScreenSize(width, height));
    return screen;
  }

  private static Optional<? extends Message> decode(JsonObject vector, Envelope envelope)
      throws ProtocolException {
    return vector.getString("direction").equals("to-viewer")
        ? MessageDecoder.toViewer(envelope)
        : MessageDecoder.toSession(envelope);
  }

  private static EnvelopeReader reader(JsonObject vector) {
    return new EnvelopeReader(new ByteArrayInputStream(bytes(vector)));
  }

  private static byte[] bytes(JsonObject vector) {
    return HexFormat.of().parseHex(vector.getString("hex"));
  }

  private static Stream<DynamicTest> each(String file, Check check) {
    return Vectors.read(file).stream()
        .map(v -> DynamicTest.dynamicTest(v.getString("name"), () -> check.run(v)));
  }

  private interface Check {
    void run(JsonObject vector) throws IOException;
  }
}

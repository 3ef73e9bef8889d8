package org.mobidesk.protocol;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * JPEG pictures of a known size. The size that the data claims is checked before anything is
 * decoded, so that a peer cannot ask for more memory than its message may have. Not safe for use by
 * several threads.
 */
final class JpegDecoder {
  private final ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();

  /**
   * Decodes.
   *
   * @param pixels gets 0xffRRGGBB
   * @param offset of the upper left pixel
   * @param stride pixels from one row to the next
   * @param what it is, for the message of an exception
   */
  void decode(
      ByteBuffer data, int width, int height, int[] pixels, int offset, int stride, String what)
      throws ProtocolException {
    byte[] bytes = new byte[data.remaining()];
    data.duplicate().get(bytes);
    BufferedImage picture;
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      if (reader.getWidth(0) != width || reader.getHeight(0) != height) {
        throw new ProtocolException(
            "%s: the JPEG picture has %dx%d pixels, %dx%d are needed"
                .formatted(what, reader.getWidth(0), reader.getHeight(0), width, height));
      }
      picture = reader.read(0);
    } catch (ProtocolException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // malformed input makes it throw either
      throw new ProtocolException("%s: no valid JPEG: %s".formatted(what, e.getMessage()), e);
    } finally {
      reader.reset();
    }
    if (picture.getWidth() != width || picture.getHeight() != height) {
      throw new ProtocolException(what + ": a JPEG picture of another size than it says");
    }
    copy(picture, pixels, offset, stride);
  }

  private static void copy(BufferedImage picture, int[] pixels, int offset, int stride) {
    int width = picture.getWidth();
    if (picture.getType() != BufferedImage.TYPE_3BYTE_BGR) { // grey
      picture.getRGB(0, 0, width, picture.getHeight(), pixels, offset, stride);
      return;
    }
    byte[] bgr = ((java.awt.image.DataBufferByte) picture.getRaster().getDataBuffer()).getData();
    int from = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      int begin = offset + y * stride;
      for (int x = begin; x < begin + width; x++) {
        pixels[x] =
            0xff000000
                | (bgr[from + 2] & 0xff) << 16
                | (bgr[from + 1] & 0xff) << 8
                | bgr[from] & 0xff;
        from += 3;
      }
    }
  }
}

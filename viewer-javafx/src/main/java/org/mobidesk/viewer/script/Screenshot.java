package org.mobidesk.viewer.script;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javafx.scene.Scene;
import javafx.scene.image.PixelFormat;
import javafx.scene.image.WritableImage;
import javax.imageio.ImageIO;
import org.mobidesk.viewer.screen.ScreenImage;

/**
 * A picture to be written as PNG.
 *
 * @param pixels 0xAARRGGBB, rows without padding
 */
record Screenshot(int width, int height, int[] pixels) {

  /** What is shown of the session, pixel for pixel. In the JavaFX thread. */
  static Screenshot of(ScreenImage image) throws ScriptException {
    if (image.width() == 0) {
      throw new ScriptException("nothing is shown yet");
    }
    return new Screenshot(image.width(), image.height(), image.copy());
  }

  /** The whole window. In the JavaFX thread. */
  static Screenshot of(Scene scene) {
    WritableImage image = scene.snapshot(null);
    int width = (int) image.getWidth();
    int height = (int) image.getHeight();
    int[] pixels = new int[width * height];
    image
        .getPixelReader()
        .getPixels(0, 0, width, height, PixelFormat.getIntArgbInstance(), pixels, 0, width);
    return new Screenshot(width, height, pixels);
  }

  void write(Path file) throws ScriptException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, width, height, pixels, 0, width);
    try {
      ImageIO.write(image, "png", file.toFile());
    } catch (IOException e) {
      throw new ScriptException("writing %s: %s".formatted(file, e.getMessage()));
    }
  }
}

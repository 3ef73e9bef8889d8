package org.mobidesk.viewer.screen;

import javafx.scene.Cursor;
import javafx.scene.ImageCursor;
import javafx.scene.image.PixelFormat;
import javafx.scene.image.WritableImage;
import org.mobidesk.protocol.MessageToViewer.CursorShape;
import org.mobidesk.protocol.Protocol;

/** Makes a JavaFX cursor of the session's. */
public final class CursorPicture {
  private CursorPicture() {}

  public static Cursor of(CursorShape shape) {
    if (shape.isHidden()) {
      return Cursor.NONE;
    }
    WritableImage picture = new WritableImage(shape.width(), shape.height());
    picture
        .getPixelWriter()
        .setPixels(
            0,
            0,
            shape.width(),
            shape.height(),
            PixelFormat.getByteBgraPreInstance(),
            shape.pixels().duplicate(),
            shape.width() * Protocol.BYTES_PER_PIXEL);
    return new ImageCursor(picture, shape.hotX(), shape.hotY());
  }
}

package org.mobidesk.protocol;

import java.util.Arrays;

/**
 * Parts of the screen that the session has asked to keep. Which one gives way to a new one is the
 * session's choice: it names the slot. At most {@link Protocol#MAX_TILE_SLOTS} tiles of {@link
 * Protocol#MAX_TILE_PIXELS} pixels. Not safe for use by several threads.
 */
final class TileCache {
  private final Tile[] slots = new Tile[Protocol.MAX_TILE_SLOTS];

  private record Tile(int width, int height, int[] pixels) {}

  void clear() {
    Arrays.fill(slots, null);
  }

  void store(MessageToViewer.TileStore.Tile tile, int[] screen, int stride) {
    Rectangle area = tile.area();
    int[] pixels = new int[(int) area.area()];
    for (int y = 0; y < area.height(); y++) {
      System.arraycopy(
          screen, (area.y() + y) * stride + area.x(), pixels, y * area.width(), area.width());
    }
    slots[tile.slot()] = new Tile(area.width(), area.height(), pixels);
  }

  /** What painting it covers. */
  Rectangle area(MessageToViewer.TilePaint.Tile tile) throws ProtocolException {
    Tile kept = slots[tile.slot()];
    if (kept == null) {
      throw new ProtocolException("TILE_PAINT: nothing was stored in slot " + tile.slot());
    }
    return new Rectangle(tile.x(), tile.y(), kept.width(), kept.height());
  }

  /** Paints; its {@link #area} lies on the screen. */
  void paint(MessageToViewer.TilePaint.Tile tile, int[] screen, int stride) {
    Tile kept = slots[tile.slot()];
    for (int y = 0; y < kept.height(); y++) {
      System.arraycopy(
          kept.pixels(),
          y * kept.width(),
          screen,
          (tile.y() + y) * stride + tile.x(),
          kept.width());
    }
  }
}

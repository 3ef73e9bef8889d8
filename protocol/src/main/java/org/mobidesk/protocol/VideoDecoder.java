package org.mobidesk.protocol;

import java.nio.ByteBuffer;

/** Makes pixels of VIDEO_FRAME messages. Not safe for use by several threads. */
final class VideoDecoder {
  private final Unpacker unpacker = new Unpacker();
  private final JpegDecoder jpeg = new JpegDecoder();

  void decode(MessageToViewer.VideoFrame m, VideoStream stream) throws ProtocolException {
    int end = m.y() + m.height();
    if (end > stream.height() || (end < stream.height() && m.height() % 2 != 0)) {
      throw new ProtocolException(
          "VIDEO_FRAME: rows %d to %d of a picture of %d".formatted(m.y(), end, stream.height()));
    }
    switch (m.encoding()) {
      case PLANES -> planes(m, Packing.NONE, stream);
      case PLANES_LZ4 -> planes(m, Packing.LZ4, stream);
      case JPEG -> {
        int first = m.y() * stream.width();
        jpeg.decode(
            m.data(),
            stream.width(),
            m.height(),
            stream.picture(),
            first,
            stream.width(),
            "VIDEO_FRAME");
      }
    }
    if (m.last()) {
      stream.completed();
    }
  }

  private void planes(MessageToViewer.VideoFrame m, Packing packing, VideoStream stream)
      throws ProtocolException {
    int width = stream.width();
    int height = m.height();
    VideoFormat.Chroma chroma = stream.chroma();
    ByteBuffer samples =
        unpacker.unpack(packing, m.data(), chroma.bytes(width, height), "VIDEO_FRAME");
    byte[] bytes = new byte[samples.remaining()];
    samples.duplicate().get(bytes);
    int chromaWidth = chroma.chromaWidth(width);
    int firstU = width * height;
    int firstV = firstU + chromaWidth * chroma.chromaHeight(height);
    int rowsForEach = chroma == VideoFormat.Chroma.YUV420 ? 2 : 1;
    YuvRow row = new YuvRow(YuvConversion.of(stream.matrix()), width);
    for (int y = 0; y < height; y++) {
      if (y % rowsForEach == 0) {
        int chromaRow = y / rowsForEach * chromaWidth;
        row.chroma(bytes, firstU + chromaRow, firstV + chromaRow);
      }
      row.pixels(bytes, y * width, stream.picture(), (m.y() + y) * width);
    }
  }
}

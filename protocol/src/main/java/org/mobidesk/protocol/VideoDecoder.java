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
    YuvConversion conversion = YuvConversion.of(stream.matrix());
    int chromaWidth = chroma.chromaWidth(width);
    int firstU = width * height;
    int firstV = firstU + chromaWidth * chroma.chromaHeight(height);
    int rowsForEach = chroma == VideoFormat.Chroma.YUV420 ? 2 : 1;
    int[] picture = stream.picture();
    for (int y = 0; y < height; y++) {
      int chromaRow = y / rowsForEach * chromaWidth;
      int to = (m.y() + y) * width;
      for (int x = 0; x < width; x++) {
        picture[to + x] =
            conversion.pixel(
                samples.get(y * width + x) & 0xff,
                samples.get(firstU + chromaRow + x / 2) & 0xff,
                samples.get(firstV + chromaRow + x / 2) & 0xff);
      }
    }
  }
}

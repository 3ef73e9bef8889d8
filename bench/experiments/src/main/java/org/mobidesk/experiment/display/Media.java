package org.mobidesk.experiment.display;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.process.Command;

/**
 * Films, pictures and pages, made once from synthetic sources and kept in the cache. Each frame of
 * a film has its number on it, as black and white cells along the upper edge.
 */
final class Media {
  /** Cells of a number; the last four are its checksum. */
  static final int CELLS = 16;

  /** What part of the film's width the cells take, in percent; they are as high as wide. */
  static final int CELLS_PERCENT = 64;

  private static final int PICTURES = 4;

  private final Path directory;

  Media(Path cache) {
    directory = cache.resolve("bench-media");
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new LabException("cannot make " + directory, e);
    }
  }

  /** A film of 34.75 s, as the paper's clip. */
  synchronized Path clip(int width, int height, int rate) {
    return made(
        "film-%dx%d-%d.mp4".formatted(width, height, rate),
        to ->
            List.of(
                "ffmpeg",
                "-loglevel",
                "error",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=%dx%d:rate=%d:duration=34.75".formatted(width, height, rate),
                "-vf",
                "noise=alls=5:all_seed=7:allf=t," + numbers(width),
                "-pix_fmt",
                "yuv420p",
                "-c:v",
                "libx264",
                "-preset",
                "veryfast",
                "-tune",
                "fastdecode",
                "-crf",
                "20",
                "-y",
                to));
  }

  /** The first of the web pages. */
  synchronized Path pages() {
    Path pages = directory.resolve("pages");
    for (int number = WebPages.COUNT - 1; number > 0; number--) {
      if (!Files.exists(pages.resolve("complete"))) {
        WebPages.write(pages, number);
      }
    }
    Path first = WebPages.write(pages, 0);
    try {
      Files.writeString(pages.resolve("complete"), "");
    } catch (IOException e) {
      throw new LabException("cannot write into " + pages, e);
    }
    return first;
  }

  /** Large photographs, as a playlist. */
  synchronized Path pictures() {
    Path list = directory.resolve("pictures.m3u");
    String files =
        IntStream.range(0, PICTURES)
            .mapToObj(
                i ->
                    made(
                        "picture-%d.png".formatted(i),
                        to ->
                            List.of(
                                "ffmpeg",
                                "-loglevel",
                                "error",
                                "-f",
                                "lavfi",
                                "-i",
                                "mandelbrot=size=960x760:start_scale=%s".formatted(0.3 / (i + 1)),
                                "-vf",
                                "noise=alls=12:all_seed=%d".formatted(i),
                                "-frames:v",
                                "1",
                                "-y",
                                to)))
            .map(Path::toString)
            .collect(Collectors.joining("\n"));
    try {
      Files.writeString(list, files + "\n");
    } catch (IOException e) {
      throw new LabException("cannot write " + list, e);
    }
    return list;
  }

  /** A player: by Xv where the server has it, without anything that is not the film. */
  String[] player(Path what, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "mpv",
                "--no-config",
                "--no-terminal",
                "--vo=xv,x11",
                "--ao=null",
                "--no-audio",
                "--osd-level=0",
                "--no-osc",
                "--no-input-default-bindings",
                "--cursor-autohide=always",
                "--keepaspect=no"));
    words.addAll(List.of(more));
    words.add((what.toString().endsWith(".m3u") ? "--playlist=" : "") + what);
    return words.toArray(String[]::new);
  }

  /** ffmpeg's filters that put the number of each frame on it. */
  private static String numbers(int width) {
    double cell = width * CELLS_PERCENT / 100.0 / CELLS;
    String sum = "mod(mod(n\\,16)+mod(floor(n/16)\\,16)+mod(floor(n/256)\\,16)+5\\,16)";
    List<String> boxes = new ArrayList<>();
    boxes.add(
        "drawbox=x=0:y=0:w=%d:h=%d:color=black:t=fill"
            .formatted((int) Math.ceil(cell * CELLS), (int) Math.ceil(cell)));
    for (int i = 0; i < CELLS; i++) {
      String number = i < CELLS - 4 ? "n" : sum;
      int bit = 1 << (i < CELLS - 4 ? CELLS - 5 - i : CELLS - 1 - i);
      int left = (int) Math.round(i * cell);
      int right = (int) Math.round((i + 1) * cell);
      boxes.add(
          "drawbox=x=%d:y=0:w=%d:h=%d:color=white:t=fill:enable='mod(floor(%s/%d)\\,2)'"
              .formatted(left, right - left, (int) Math.ceil(cell), number, bit));
    }
    return String.join(",", boxes);
  }

  private Path made(String name, java.util.function.Function<String, List<String>> command) {
    Path file = directory.resolve(name);
    if (!Files.exists(file)) {
      int dot = name.lastIndexOf('.');
      Path part =
          directory.resolve(
              name.substring(0, dot)
                  + ".part"
                  + ProcessHandle.current().pid()
                  + name.substring(dot));
      Command.of(command.apply(part.toString())).run();
      try {
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new LabException("cannot keep " + file, e);
      }
    }
    return file;
  }
}

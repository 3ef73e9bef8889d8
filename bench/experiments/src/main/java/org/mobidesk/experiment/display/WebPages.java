package org.mobidesk.experiment.display;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import org.mobidesk.lab.LabException;

/**
 * The 54 pages of the paper's web benchmark, in shape: text of several sizes and columns, tables,
 * logos, photographs. Page N is always the same. A link over the upper left corner leads to the
 * next.
 */
final class WebPages {
  static final int COUNT = 54;

  /** Where the link is; nothing else looks different there when it is pointed at. */
  static final int LINK_X = 60;

  static final int LINK_Y = 20;

  private static final String[] WORDS =
      ("lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut"
              + " labore et dolore magna aliqua enim ad minim veniam quis nostrud exercitation"
              + " ullamco laboris nisi aliquip ex ea commodo consequat duis aute irure in"
              + " reprehenderit voluptate velit esse cillum fugiat nulla pariatur excepteur sint"
              + " occaecat cupidatat non proident sunt culpa qui officia deserunt mollit anim id est")
          .split(" ");

  private WebPages() {}

  /** Writes a page and its pictures into a directory; the page. */
  static Path write(Path directory, int number) {
    try {
      Files.createDirectories(directory);
      return Files.writeString(page(directory, number), html(directory, number));
    } catch (IOException e) {
      throw new LabException("cannot write pages into " + directory, e);
    }
  }

  private static Path page(Path directory, int number) {
    return directory.resolve("page%02d.html".formatted(number % COUNT));
  }

  private static String html(Path directory, int number) throws IOException {
    Random random = new Random(number);
    StringBuilder body = new StringBuilder();
    body.append("<h1>%s</h1>".formatted(words(random, 5)));
    int kind = number % 3; // text, text with pictures, a large picture
    int pictures = kind == 0 ? 1 : kind == 1 ? 4 : 2;
    for (int i = 0; i < pictures; i++) {
      int width = kind == 2 && i == 0 ? 640 : 120 + random.nextInt(160);
      int height = kind == 2 && i == 0 ? 400 : 90 + random.nextInt(90);
      boolean photograph = kind == 2 || random.nextBoolean();
      String name = "picture%02d-%d.%s".formatted(number, i, photograph ? "jpg" : "png");
      ImageIO.write(
          photograph ? photograph(random, width, height) : drawing(random, width, height),
          photograph ? "jpg" : "png",
          directory.resolve(name).toFile());
      body.append("<img src=\"%s\" width=%d height=%d>".formatted(name, width, height));
      body.append("<p>%s</p>".formatted(words(random, kind == 0 ? 160 : 50)));
    }
    if (number % 4 == 1) {
      body.append(table(random));
    }
    body.append("<p class=small>%s</p>".formatted(words(random, kind == 0 ? 300 : 60)));
    return """
    <!doctype html><meta charset=utf-8><title>%d</title><style>
    html,body{margin:0;overflow:hidden;font:15px "DejaVu Sans";background:%s;color:#111}
    a{position:fixed;left:0;top:0;width:200px;height:40px;background:#446;color:#fff;outline:0}
    main{margin:50px 30px;column-count:%d}h1{font-size:26px;color:%s}.small{font-size:11px}
    img{float:left;margin:6px}td{border:1px solid #999;padding:3px 8px}</style>
    <a href="%s">page %d</a><main>%s</main>
    """
        .formatted(
            number,
            number % 5 == 0 ? "#eef3ff" : "#ffffff",
            number % 3 == 0 ? 2 : 1,
            colour(random),
            page(directory, number + 1).getFileName(),
            number,
            body);
  }

  private static String table(Random random) {
    StringBuilder rows = new StringBuilder("<table>");
    for (int row = 0; row < 8; row++) {
      rows.append("<tr>");
      for (int column = 0; column < 5; column++) {
        rows.append("<td>").append(random.nextInt(10_000));
      }
    }
    return rows.append("</table>").toString();
  }

  private static String words(Random random, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(WORDS[random.nextInt(WORDS.length)]).append(i % 12 == 11 ? ". " : " ");
    }
    return text.toString();
  }

  private static String colour(Random random) {
    return "#%06x".formatted(random.nextInt(0x808080));
  }

  /** Flat areas and edges, as logos and diagrams have them. */
  private static BufferedImage drawing(Random random, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, width, height);
    for (int i = 0; i < 12; i++) {
      g.setColor(new Color(random.nextInt(0x1000000)));
      g.fill(
          new Ellipse2D.Double(
              random.nextInt(width), random.nextInt(height), width / 4.0, height / 3.0));
    }
    g.dispose();
    return image;
  }

  /** Gradients and grain, as a camera gives them. */
  private static BufferedImage photograph(Random random, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setPaint(
        new GradientPaint(
            0,
            0,
            new Color(random.nextInt(0x1000000)),
            width,
            height,
            new Color(random.nextInt(0x1000000))));
    g.fillRect(0, 0, width, height);
    g.dispose();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int grain = random.nextInt(24) - 12 + (int) (20 * Math.sin(x / 9.0) * Math.cos(y / 7.0));
        int pixel = image.getRGB(x, y);
        image.setRGB(
            x,
            y,
            clamp((pixel >> 16 & 255) + grain) << 16
                | clamp((pixel >> 8 & 255) + grain) << 8
                | clamp((pixel & 255) + grain));
      }
    }
    return image;
  }

  private static int clamp(int sample) {
    return Math.clamp(sample, 0, 255);
  }
}

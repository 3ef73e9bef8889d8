package org.mobidesk.lab.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.mobidesk.lab.LabException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * What the reports of a build say: those of Surefire and Failsafe, and Meson's, all in the format
 * of JUnit.
 *
 * @param failures names of the tests that failed
 */
public record TestTotals(int passed, int skipped, List<String> failures) {

  /** Reads all reports below {@code checkout}. */
  public static TestTotals read(Path checkout) {
    int passed = 0;
    int skipped = 0;
    List<String> failures = new ArrayList<>();
    for (Path report : reports(checkout)) {
      NodeList cases = parse(report).getElementsByTagName("testcase");
      for (int i = 0; i < cases.getLength(); i++) {
        Element test = (Element) cases.item(i);
        if (has(test, "failure") || has(test, "error")) {
          failures.add(test.getAttribute("classname") + " " + test.getAttribute("name"));
        } else if (has(test, "skipped")) {
          skipped++;
        } else {
          passed++;
        }
      }
    }
    return new TestTotals(passed, skipped, List.copyOf(failures));
  }

  /** Removes all reports, so that none of an earlier build is counted. */
  public static void forget(Path checkout) {
    for (Path report : reports(checkout)) {
      try {
        Files.delete(report);
      } catch (IOException e) {
        throw new LabException("cannot remove " + report, e);
      }
    }
  }

  private static List<Path> reports(Path checkout) {
    try (Stream<Path> modules = Files.walk(checkout, 3)) {
      List<Path> targets =
          modules
              .filter(p -> p.endsWith("pom.xml"))
              .map(p -> p.resolveSibling("target"))
              .filter(Files::isDirectory)
              .toList();
      List<Path> found = new ArrayList<>();
      for (Path target : targets) {
        try (Stream<Path> all = Files.find(target, 3, (p, a) -> a.isRegularFile() && isReport(p))) {
          all.sorted().forEach(found::add);
        }
      }
      return found;
    } catch (IOException e) {
      throw new LabException("cannot look for test reports in " + checkout, e);
    }
  }

  private static boolean isReport(Path p) {
    String directory = p.getParent().getFileName().toString();
    String name = p.getFileName().toString();
    return switch (directory) {
      case "surefire-reports", "failsafe-reports" -> name.matches("TEST-.*\\.xml");
      // Meson of 1.7 and later has the name of the test setup in it.
      case "meson-logs" -> name.matches("testlog(-[a-z]+)?\\.junit\\.xml");
      default -> false;
    };
  }

  private static Element parse(Path report) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      DocumentBuilder builder = factory.newDocumentBuilder();
      return builder.parse(report.toFile()).getDocumentElement();
    } catch (IOException | SAXException | ParserConfigurationException e) {
      throw new LabException("cannot read the report " + report, e);
    }
  }

  private static boolean has(Element test, String child) {
    return test.getElementsByTagName(child).getLength() > 0;
  }

  /** In the form that other programs look for. */
  @Override
  public String toString() {
    return passed + " passed, " + failures.size() + " failed, " + skipped + " skipped";
  }
}

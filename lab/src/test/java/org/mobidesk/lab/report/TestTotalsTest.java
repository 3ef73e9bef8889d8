package org.mobidesk.lab.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestTotalsTest {
  @TempDir private Path checkout;

  @BeforeEach
  void reports() throws Exception {
    write("pom.xml", "<project/>");
    write("a/pom.xml", "<project/>");
    write("native/pom.xml", "<project/>");
    write(
        "a/target/surefire-reports/TEST-A.xml",
        "<testsuite><testcase classname='A' name='good'/><testcase classname='A'"
            + " name='bad'><failure/></testcase></testsuite>");
    write(
        "a/target/failsafe-reports/TEST-B.xml",
        "<testsuite><testcase classname='B' name='broken'><error/></testcase><testcase classname='B'"
            + " name='not'><skipped/></testcase></testsuite>");
    write(
        "native/target/meson/meson-logs/testlog.junit.xml",
        "<testsuites><testsuite><testcase classname='c' name='unit'/></testsuite></testsuites>");
    write(
        "native/target/meson-asan/meson-logs/testlog-usual.junit.xml",
        "<testsuites><testsuite><testcase classname='c' name='wrong'><failure/></testcase>"
            + "</testsuite></testsuites>");
    write("a/target/surefire-reports/other.xml", "<testcase/>");
  }

  private void write(String path, String content) throws Exception {
    Path file = checkout.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  @Test
  void countsAllKindsOfReports() {
    TestTotals totals = TestTotals.read(checkout);
    assertEquals("2 passed, 3 failed, 1 skipped", totals.toString());
    assertEquals(Set.of("A bad", "B broken", "c wrong"), Set.copyOf(totals.failures()));
  }

  @Test
  void forgottenReportsAreNotCounted() {
    TestTotals.forget(checkout);
    assertEquals("0 passed, 0 failed, 0 skipped", TestTotals.read(checkout).toString());
  }
}

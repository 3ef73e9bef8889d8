package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.Template;
import org.mobidesk.lab.setup.TemplateImage;

/** What a user does inside of a session of a real template: an ordinary account on a Debian. */
class InsideIT {
  private static final String SERVER = "server1";
  private static final String ID = "inside";
  private static final String USER = "ada";
  private static final String ADDRESS = "10.74.0.33";
  private static final int REPOSITORY_PORT = 8042;

  private static final LabRun RUN = new LabRun("ins" + ProcessHandle.current().pid() % 1_000_000);

  @TempDir private static Path directory;
  private static DaemonLab lab;
  private static Template template;

  @BeforeAll
  static void start() {
    Checkout checkout = Checkout.find();
    Progress progress = new Progress(System.out);
    template = new TemplateImage(checkout, progress).make("minimal");
    lab = DaemonLab.start(checkout, progress, RUN, List.of(template));
    create(ID, ADDRESS, "fr_FR.UTF-8", "America/New_York").run();
    lab.hostctl(LabNetwork.PROXY, "route", ADDRESS, LabNetwork.tierAddress(SERVER)).run();
  }

  @AfterAll
  static void remove() {
    new LabRemoval(RUN).remove();
  }

  private static Command create(String id, String address, String locale, String zone) {
    return lab.hostctl(SERVER, "create", id, template.id(), USER, address, "1", locale, zone);
  }

  private static String root(String script) {
    return shell("--root", script);
  }

  private static String user(String script) {
    return shell(null, script);
  }

  /** Runs a script in a login shell and returns what it printed; it must succeed. */
  private static String shell(String as, String script) {
    List<String> words = new ArrayList<>();
    if (as != null) {
      words.add(as);
    }
    words.addAll(List.of(ID, "/bin/bash", "-ec", script));
    Command.Result r = lab.hostctl(SERVER, "exec").with(words).attempt();
    assertEquals(0, r.exit(), script + "\n" + r.out() + r.err());
    return r.text();
  }

  @Test
  void theUserHasAnOrdinaryAccount() {
    assertEquals(
        "ada 1000 /home/ada /home/ada",
        user("echo $(id -un) $(id -u) $HOME $(getent passwd ada | cut -d: -f6)"));
    assertEquals("ada ada 700", user("stat -c '%U %G %a' ~"));
    user("echo mine >~/file && test -s ~/file");
    assertEquals("refused", user("cat /etc/shadow >/dev/null 2>&1 || echo refused"));
    assertEquals("0", user("sudo -n id -u"), "members of sudo are root, as the template says");
  }

  @Test
  void localeAndTimeZoneAreThoseChosen() {
    assertEquals(
        "America/New_York", user("readlink -f /etc/localtime").replaceAll(".*zoneinfo/", ""));
    assertEquals(
        "-0500 -0400", user("date -d 2026-01-15 +%z; date -d 2026-07-15 +%z").replace('\n', ' '));
    assertEquals("lundi", user("date -d 2026-01-05 +%A"), "the day's name in French");
    assertEquals("LANG=fr_FR.UTF-8", user("sudo -n -i env | grep ^LANG="), "also after sudo");
  }

  @Test
  void whatTheTemplateLacksIsRefused() {
    Command.Result zone = create("other", "10.74.0.34", "C.UTF-8", "Mars/Base").attempt();
    assertTrue(zone.exit() != 0 && zone.err().contains("no time zone `Mars/Base`"), zone.err());
    Command.Result locale = create("other", "10.74.0.34", "xx_YY.UTF-8", "Etc/UTC").attempt();
    assertTrue(
        locale.exit() != 0 && locale.err().contains("no locale `xx_YY.UTF-8`"), locale.err());
  }

  @Test
  void outsideHostsAreReached() {
    String ping = user("ping -n -c 2 -W 5 " + LabNetwork.OUTSIDE_ADDRESS);
    assertTrue(ping.contains(" 0% packet loss") || ping.contains("2 received"), ping);
    String route = user("traceroute -n -q 1 -w 2 -m 6 " + LabNetwork.OUTSIDE_ADDRESS);
    assertTrue(
        route.lines().toList().getLast().contains(LabNetwork.OUTSIDE_ADDRESS),
        "the last hop is not the host: " + route);
  }

  /**
   * The programs that change identity, with PAM, as the user; in one test, as they depend on each
   * other.
   */
  @Test
  void passwordsAreSetAndUsed() {
    root("echo 'root:the old root' | chpasswd && echo 'ada:first secret 1' | chpasswd");
    user("printf 'first secret 1\\nsecond Secret 22\\nsecond Secret 22\\n' | passwd");
    assertEquals("uid=1000(ada)", user("echo 'second Secret 22' | su ada -c 'id' | cut -d' ' -f1"));
    assertEquals("0", user("echo 'the old root' | su -c 'id -u'"));
    Command.Result wrong =
        lab.hostctl(SERVER, "exec", ID, "/bin/bash", "-c", "echo 'first secret 1' | su ada -c id")
            .attempt();
    assertNotEquals(0, wrong.exit(), "the old password still opens the account");
    assertEquals("ada", root("su - ada -c 'id -un'"));
  }

  @Test
  void packagesAreInstalledFromARepositoryOutside() throws IOException {
    Path repository = Files.createDirectories(directory.resolve("repository"));
    makeRepository(repository);
    LabHost outside = lab.host(LabNetwork.OUTSIDE);
    outside.daemon(
        "repository",
        List.of(
            System.getProperty("java.home") + "/bin/jwebserver",
            "-b",
            LabNetwork.OUTSIDE_ADDRESS,
            "-p",
            Integer.toString(REPOSITORY_PORT),
            "-d",
            repository.toString()));
    Waiting.until(
        "the repository to be served",
        Duration.ofSeconds(60),
        () ->
            !outside
                .command("ss", "-Hltn", "sport", "=", ":" + REPOSITORY_PORT)
                .run()
                .text()
                .isEmpty());
    root(
        "rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*; echo 'deb [trusted=yes] http://"
            + LabNetwork.OUTSIDE_ADDRESS
            + ":"
            + REPOSITORY_PORT
            + " greeting/' >/etc/apt/sources.list");
    user("sudo -n apt-get -qq update && sudo -n apt-get -qq -y install mobidesk-greeting");
    assertEquals("hello from a package", user("mobidesk-greeting"));
    assertEquals("install ok installed", user("dpkg-query -W -f '${Status}' mobidesk-greeting"));
    user("sudo -n apt-get -qq -y remove mobidesk-greeting");
    assertEquals("gone", user("command -v mobidesk-greeting || echo gone"));
  }

  /** A flat repository with one package, whose program is owned by a user that its script adds. */
  private static void makeRepository(Path repository) throws IOException {
    Path tree = directory.resolve("greeting");
    Files.createDirectories(tree.resolve("DEBIAN"));
    Files.createDirectories(tree.resolve("usr/bin"));
    Files.writeString(
        tree.resolve("DEBIAN/control"),
        """
        Package: mobidesk-greeting
        Version: 1.0
        Architecture: all
        Maintainer: nobody <nobody@example.org>
        Description: says hello
        """);
    Path script =
        Files.writeString(
            tree.resolve("DEBIAN/postinst"),
            "#!/bin/sh\nset -e\ngroupadd -f greeters\nchgrp greeters /usr/bin/mobidesk-greeting\n");
    Path program =
        Files.writeString(
            tree.resolve("usr/bin/mobidesk-greeting"), "#!/bin/sh\necho hello from a package\n");
    script.toFile().setExecutable(true, false);
    program.toFile().setExecutable(true, false);
    Path deb = Files.createDirectories(repository.resolve("greeting")).resolve("greeting.deb");
    Command.of("dpkg-deb", "--root-owner-group", "-b", tree.toString(), deb.toString()).run();
    String sum = Command.of("sha256sum", deb.toString()).run().text().split(" ")[0];
    Files.writeString(
        deb.resolveSibling("Packages"),
        Files.readString(tree.resolve("DEBIAN/control"))
            + "Filename: greeting/greeting.deb\nSize: %d\nSHA256: %s\n"
                .formatted(Files.size(deb), sum));
  }

  @Test
  void theApplicationsOfACompleteDesktopAreThere() {
    for (String program :
        List.of("firefox-esr", "libreoffice", "evince", "mpv", "ssh", "xterm", "openbox")) {
      user("command -v " + program);
    }
    assertTrue(user("firefox-esr --version").contains("Firefox"));
    user(
        "printf 'a,b\\n1,2\\n' >~/sheet.csv && cd && soffice --headless --convert-to pdf sheet.csv");
    assertTrue(user("head -c 5 ~/sheet.pdf").startsWith("%PDF-"), "Calc made no document");
  }
}

package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.mobidesk.lab.Waiting;

/**
 * What one session says, under a name of its own, to other hosts: from fixed ports, by TCP and UDP.
 * Each line has the name and a number, and is answered with the name that the other end knows for
 * this conversation; whoever gets anything else writes it down as wrong and goes no further.
 */
final class NamedTalk {
  static final int TCP_PORT = 7200;
  static final int UDP_PORT = 7201;

  /** Of the session, towards the first host; towards each other one the next port. */
  private static final int FIRST_LOCAL_PORT = 5000;

  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** More lines than could be under way. */
  private static final long MORE = 100;

  /** UDP may lose a line: it is said again, and an answer may come twice. */
  private static final String PROGRAM =
      """
      #!/usr/bin/python3
      import os, socket, sys, threading, time

      def note(text):
          with open('events', 'a') as out:
              print(text, file=out)

      class Listener:
          '''One end's view of one conversation: whose it is, and how far it has come.'''
          def __init__(self, kind, peer):
              self.kind, self.peer, self.name, self.heard = kind, peer, None, 0

          def answer(self, line):
              name, _, number = line.rpartition(' says ')
              if self.name is None:
                  self.name = name
                  note(f'begin {self.kind} {name}')
              again = self.kind == 'udp' and number == str(self.heard)
              if name != self.name or not (again or number == str(self.heard + 1)):
                  note(f'wrong {self.kind} {self.peer} of {self.name} after {self.heard}: {line!r}')
                  raise SystemExit
              self.heard = int(number)
              return f'{self.name} hears {number}\\n'.encode()

      def answer_tcp(connection, peer):
          listener = Listener('tcp', peer)
          try:
              for line in connection.makefile('r'):
                  connection.sendall(listener.answer(line.rstrip('\\n')))
              note(f'end tcp {listener.name}')
          except OSError as e:
              note(f'end tcp {listener.name}: {e}')

      def answer_udp(s):
          listeners = {}
          while True:
              data, peer = s.recvfrom(2000)
              listener = listeners.setdefault(peer, Listener('udp', peer))
              s.sendto(listener.answer(data.decode().rstrip('\\n')), peer)

      def listen(tcp_port, udp_port):
          tcp = socket.create_server(('0.0.0.0', tcp_port))
          udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
          udp.bind(('0.0.0.0', udp_port))
          threading.Thread(target=answer_udp, args=(udp,)).start()
          note('listening')
          while True:
              threading.Thread(target=answer_tcp, args=tcp.accept()).start()

      def exchange(s, kind, name, number):
          said, expected = f'{name} says {number}\\n'.encode(), f'{name} hears {number}\\n'
          if kind == 'tcp':
              s.sendall(said)
              return s.lines.readline(), expected
          while True:
              s.send(said)
              try:
                  answer = s.recv(2000).decode()
              except TimeoutError:
                  continue
              if answer == f'{name} hears {number - 1}\\n':
                  continue
              return answer, expected

      class Talker(socket.socket):
          lines = None

      def talk(name, kind, local_port, host, port):
          s = Talker(socket.AF_INET, socket.SOCK_STREAM if kind == 'tcp' else socket.SOCK_DGRAM)
          s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
          s.bind(('', local_port))
          s.connect((host, port))
          if kind == 'tcp':
              s.lines = s.makefile('r')
          else:
              s.settimeout(1)
          file = f'{kind}-{local_port}'
          with open(file + '.ends', 'w') as out:
              print(s.getsockname(), s.getpeername(), file=out)
          number = 0
          while True:
              number += 1
              answer, expected = exchange(s, kind, name, number)
              if answer != expected:
                  note(f'wrong {file} of {name}: {answer!r} instead of {expected!r}')
                  raise SystemExit(1)
              with open(file + '.new', 'w') as out:
                  print(number, file=out)
              os.rename(file + '.new', file + '.said')
              time.sleep(0.02)

      if sys.argv[1] == 'listen':
          listen(int(sys.argv[2]), int(sys.argv[3]))
      name, kind, local_port, host, port = sys.argv[1:]
      try:
          talk(name, kind, int(local_port), host, int(port))
      except OSError as e:
          note(f'wrong {kind} of {name}: {e}')
      """;

  private final String name;
  private final UnaryOperator<String> session;

  private NamedTalk(String name, UnaryOperator<String> session) {
    this.name = name;
    this.session = session;
  }

  /**
   * Answers all who talk from now on; {@code at} runs a shell's script, always in one directory.
   */
  static void listen(UnaryOperator<String> at) {
    install(at);
    start(at, "listen", TCP_PORT, UDP_PORT);
    Waiting.until("the listeners", PATIENCE, () -> events(at).contains("listening"));
  }

  /** Talks with all of these hosts by TCP and UDP, and returns when each has answered. */
  static NamedTalk begin(String name, UnaryOperator<String> session, List<String> hosts) {
    NamedTalk talk = new NamedTalk(name, session);
    install(session);
    for (int i = 0; i < hosts.size(); i++) {
      start(session, "'" + name + "'", "tcp", FIRST_LOCAL_PORT + i, hosts.get(i), TCP_PORT);
      start(session, "'" + name + "'", "udp", FIRST_LOCAL_PORT + i, hosts.get(i), UDP_PORT);
    }
    Waiting.until(
        name + " to be answered",
        PATIENCE,
        () -> {
          assertEquals(List.of(), talk.events(), "what was wrong");
          return talk.lines().size() == 2 * hosts.size();
        });
    return talk;
  }

  private static void install(UnaryOperator<String> at) {
    at.apply("cat >named <<'END-OF-FILE'\n" + PROGRAM + "END-OF-FILE\nchmod 755 named");
    at.apply("touch events");
  }

  private static void start(UnaryOperator<String> at, Object... arguments) {
    StringBuilder words = new StringBuilder();
    for (Object a : arguments) {
      words.append(' ').append(a);
    }
    at.apply("setsid -f ./named" + words + " >>named.log 2>&1 </dev/null");
  }

  /** What was noted at a place: conversations that began and ended, and whatever was wrong. */
  static List<String> events(UnaryOperator<String> at) {
    return at.apply("cat events").lines().toList();
  }

  private List<String> events() {
    return events(session);
  }

  /** Local and remote addresses and ports of all conversations, as the session sees them. */
  String ends() {
    return session.apply("grep . *.ends");
  }

  /** Lines that were answered, by conversation. */
  Map<String, Long> lines() {
    Map<String, Long> lines = new TreeMap<>();
    session
        .apply("grep . *.said /dev/null || true")
        .lines()
        .map(l -> l.split(":"))
        .forEach(l -> lines.put(l[0], Long.parseLong(l[1])));
    return lines;
  }

  /** Waits until each conversation is beyond what {@link #lines} was, with nothing wrong. */
  void goOn(Map<String, Long> before) {
    Waiting.until(
        name + " to go on beyond " + before,
        PATIENCE,
        () -> {
          assertEquals(List.of(), events(), "what was wrong");
          Map<String, Long> now = lines();
          return before.entrySet().stream()
              .allMatch(b -> now.get(b.getKey()) > b.getValue() + MORE);
        });
  }
}

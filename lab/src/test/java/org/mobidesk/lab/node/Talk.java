package org.mobidesk.lab.node;

import java.time.Duration;
import java.util.function.UnaryOperator;
import org.mobidesk.lab.Waiting;

/** A TCP conversation, in which each line must come back before the next is sent. */
final class Talk {
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** More lines than could be under way. */
  private static final long MORE = 200;

  /** Both ends. */
  private static final String PROGRAM =
      """
      #!/usr/bin/python3
      import os, socket, socketserver, sys, time

      class Echo(socketserver.BaseRequestHandler):
          def handle(self):
              while data := self.request.recv(4096):
                  self.request.sendall(data)

      mode, address, port = sys.argv[1:]
      if mode == 'listen':
          socketserver.ThreadingTCPServer.address_family = socket.AF_INET6 if ':' in address else socket.AF_INET
          with socketserver.ThreadingTCPServer((address, int(port)), Echo) as server:
              open('listening', 'w').close()
              server.serve_forever()
      s = socket.create_connection((address, int(port)))
      lines, n = s.makefile('rwb', buffering=0), 0
      while True:
          n += 1
          lines.write(b'%d\\n' % n)
          answer = lines.readline()
          if answer != b'%d\\n' % n:
              sys.exit(f'sent {n}, got {answer!r}')
          with open('talked.new', 'w') as out:
              print(n, file=out)
          os.rename('talked.new', 'talked')
          time.sleep(0.005)
      """;

  private final String what;
  private final UnaryOperator<String> caller;

  /**
   * @param what for messages
   * @param caller runs a shell's script where the conversation begins, always in one directory
   */
  private Talk(String what, UnaryOperator<String> caller) {
    this.what = what;
    this.caller = caller;
  }

  /** Answers all who call from now on. */
  static void listen(UnaryOperator<String> at, String address, int port) {
    start(at, "listen " + address + " " + port);
    Waiting.until("`talk` to listen", PATIENCE, () -> exists(at, "listening"));
  }

  /** Calls who listens, and returns when they talk. */
  static Talk begin(String what, UnaryOperator<String> caller, String address, int port) {
    start(caller, "call " + address + " " + port);
    Waiting.until(what, PATIENCE, () -> exists(caller, "talked"));
    return new Talk(what, caller);
  }

  /** The same, looked at from elsewhere: its session has moved. */
  Talk from(UnaryOperator<String> there) {
    return new Talk(what, there);
  }

  /** Lines that have come back. */
  long lines() {
    return Long.parseLong(caller.apply("cat talked").strip());
  }

  /** Waits until it is beyond what {@link #lines} was. */
  void goOn(long before) {
    Waiting.until(what + " to go on", PATIENCE, () -> lines() > before + MORE);
  }

  private static void start(UnaryOperator<String> at, String arguments) {
    at.apply("cat >talk <<'END-OF-FILE'\n" + PROGRAM + "END-OF-FILE\nchmod 755 talk");
    at.apply("setsid -f ./talk " + arguments + " >>talk.log 2>&1 </dev/null");
  }

  private static boolean exists(UnaryOperator<String> at, String file) {
    return at.apply("test -e " + file + " && echo yes || true").strip().equals("yes");
  }
}

package org.mobidesk.lab.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A program that is run to its end. Immutable but for the process itself; may be run from any
 * thread and more than once.
 */
public final class Command {

  /** What a program left: its exit status and its output. */
  public record Result(int exit, String out, String err) {
    /** The standard output without white space around it. */
    public String text() {
      return out.strip();
    }
  }

  private static final Duration LONGEST = Duration.ofMinutes(20);
  private static final Duration TO_TIDY_UP = Duration.ofSeconds(20);

  private final List<String> words;
  private String input = "";
  private Path directory;
  private Duration limit = LONGEST;
  private Consumer<String> errorLines = line -> {};

  private Command(List<String> words) {
    this.words = List.copyOf(words);
  }

  public static Command of(String... words) {
    return new Command(List.of(words));
  }

  public static Command of(List<String> words) {
    return new Command(words);
  }

  /** The same program with {@code more} behind its words. */
  public Command with(List<String> more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(more);
    Command c = new Command(all);
    c.input = input;
    c.directory = directory;
    c.limit = limit;
    c.errorLines = errorLines;
    return c;
  }

  public Command input(String text) {
    input = text;
    return this;
  }

  public Command in(Path workingDirectory) {
    directory = workingDirectory;
    return this;
  }

  /** How long it may take; then it is killed and {@link #run} fails. */
  public Command within(Duration time) {
    limit = time;
    return this;
  }

  /** Each line of its standard error as it comes, for progress; called on another thread. */
  public Command errorLines(Consumer<String> each) {
    errorLines = each;
    return this;
  }

  /**
   * Runs it.
   *
   * @throws CommandFailed when it cannot be started, takes too long, or ends with another status
   *     than 0
   */
  public Result run() {
    Result r = attempt();
    if (r.exit != 0) {
      throw new CommandFailed(words, r);
    }
    return r;
  }

  /**
   * Runs it; any exit status is an answer. When this thread is interrupted it is ended, and what it
   * started.
   */
  public Result attempt() {
    Process p;
    try {
      ProcessBuilder b = new ProcessBuilder(words);
      if (directory != null) {
        b.directory(directory.toFile());
      }
      p = b.start();
    } catch (IOException e) {
      throw new CommandFailed(words, new Result(-1, "", e.getMessage()));
    }
    try {
      CompletableFuture<String> out = read(p.inputReader(StandardCharsets.UTF_8), line -> {});
      CompletableFuture<String> err = read(p.errorReader(StandardCharsets.UTF_8), errorLines);
      try (var stdin = p.outputWriter(StandardCharsets.UTF_8)) {
        stdin.write(input);
      } catch (IOException e) {
        // It ended without reading all of its input; its exit status tells whether that was right.
        if (p.isAlive() && !"Broken pipe".equals(e.getMessage())) {
          throw e;
        }
      }
      if (!p.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        kill(p);
        throw new CommandFailed(
            words, new Result(-1, "", "not finished after " + limit.toSeconds() + " s"));
      }
      return new Result(p.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new CommandFailed(words, new Result(-1, "", e.getMessage()));
    } catch (InterruptedException e) {
      end(p);
      Thread.currentThread().interrupt();
      throw new CommandFailed(words, new Result(-1, "", "interrupted"));
    }
  }

  /**
   * Asks it, and what it started, to end, as whoever interrupted this would; kills what does not.
   * Returns when all have ended: what they still do would come after the tidying up.
   */
  private static void end(Process p) {
    List<ProcessHandle> all = Stream.concat(p.descendants(), Stream.of(p.toHandle())).toList();
    all.forEach(ProcessHandle::destroy);
    CompletableFuture<Void> ended =
        CompletableFuture.allOf(
            all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new));
    try {
      ended.get(TO_TIDY_UP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      kill(p);
      all.forEach(ProcessHandle::destroyForcibly);
    }
  }

  private static void kill(Process p) {
    p.descendants().forEach(ProcessHandle::destroyForcibly);
    p.destroyForcibly();
  }

  private static CompletableFuture<String> read(
      java.io.BufferedReader from, Consumer<String> each) {
    CompletableFuture<String> all = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              StringBuilder text = new StringBuilder();
              try (from) {
                for (String line = from.readLine(); line != null; line = from.readLine()) {
                  text.append(line).append('\n');
                  each.accept(line);
                }
                all.complete(text.toString());
              } catch (IOException e) {
                all.completeExceptionally(new UncheckedIOException(e));
              }
            });
    return all;
  }
}

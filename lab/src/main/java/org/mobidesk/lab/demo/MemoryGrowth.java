package org.mobidesk.lab.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.mobidesk.bench.Results;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.node.NodeMemory;

/**
 * Whether the nodes keep more after many migrations than after the first ones, by which everything
 * that is made once has been made.
 */
public final class MemoryGrowth {
  private static final double MEGABYTE = 1e6;

  /**
   * @param mostGrowth bytes: what later collections, compiled code and the fragments of a heap
   *     explain. What a migration leaks is at least its messages and rows, some ten kilobytes, or a
   *     buffer of an image, a megabyte.
   */
  private record Part(String name, long mostGrowth, ToLongFunction<NodeMemory> bytes) {}

  private static final List<Part> PARTS =
      List.of(
          new Part("heap", 24_000_000, NodeMemory::heap),
          new Part("WildFly, resident", 96_000_000, NodeMemory::wildFly),
          new Part("host daemon, resident", 8_000_000, NodeMemory::daemon));

  private final int movesBefore;
  private final int movesAfter;
  private final List<NodeMemory> before;
  private final List<NodeMemory> after;

  /**
   * @param before each node after the first migrations
   * @param after the same nodes after all of them
   */
  MemoryGrowth(int movesBefore, List<NodeMemory> before, int movesAfter, List<NodeMemory> after) {
    this.movesBefore = movesBefore;
    this.movesAfter = movesAfter;
    this.before = List.copyOf(before);
    this.after = List.copyOf(after);
  }

  /** What has grown too much, in words; empty when nothing has. */
  List<String> excesses() {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      for (Part part : PARTS) {
        long from = part.bytes.applyAsLong(before.get(i));
        long to = part.bytes.applyAsLong(after.get(i));
        if (to - from > part.mostGrowth) {
          all.add(
              "%s of %s grew from %.1f to %.1f MB"
                  .formatted(part.name, before.get(i).node(), from / MEGABYTE, to / MEGABYTE));
        }
      }
    }
    return all;
  }

  /** One line for a person. */
  String summary() {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      NodeMemory from = before.get(i);
      NodeMemory to = after.get(i);
      all.add(
          "%s heap %.0f > %.0f, resident %.0f > %.0f, daemon %.1f > %.1f MB"
              .formatted(
                  from.node(),
                  from.heap() / MEGABYTE,
                  to.heap() / MEGABYTE,
                  from.wildFly() / MEGABYTE,
                  to.wildFly() / MEGABYTE,
                  from.daemon() / MEGABYTE,
                  to.daemon() / MEGABYTE));
    }
    return String.join("; ", all);
  }

  /** As {@code memory}, in the format of all benchmarks. */
  public void write(Path directory) {
    Results results = Results.of("memory");
    for (int i = 0; i < before.size(); i++) {
      for (Part part : PARTS) {
        String node = before.get(i).node();
        results =
            results
                .row(
                    node + " after " + movesBefore + " moves",
                    part.name,
                    "MB",
                    part.bytes.applyAsLong(before.get(i)) / MEGABYTE)
                .row(
                    node + " after " + movesAfter + " moves",
                    part.name,
                    "MB",
                    part.bytes.applyAsLong(after.get(i)) / MEGABYTE);
      }
    }
    try {
      results.write(directory);
    } catch (IOException e) {
      throw new LabException("cannot write the results into " + directory, e);
    }
  }
}

package org.mobidesk.lab.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mobidesk.lab.Progress;

class TemplatePruningTest {
  private static final Duration LONG = TemplatePruning.SPARED.plusHours(1);

  @TempDir private Path cache;
  private Checkout checkout;

  @BeforeEach
  void make() throws IOException {
    checkout = new Checkout(cache, cache);
    Files.createDirectories(checkout.templates());
  }

  private void file(String name, String content, Duration age) throws IOException {
    Path p = Files.writeString(checkout.templates().resolve(name), content);
    Files.setLastModifiedTime(p, FileTime.from(Instant.now().minus(age)));
  }

  private void template(String id, Duration age, String... layers) throws IOException {
    String names = Stream.of(layers).map(l -> '"' + l + '"').collect(Collectors.joining(", "));
    file(id + ".json", "{\"id\": \"" + id + "\", \"layers\": [" + names + "]}", age);
  }

  private Set<String> leftBy(Path... installed) throws IOException {
    new TemplatePruning(checkout, new Progress(System.err), Set.of(installed)).prune();
    try (Stream<Path> all = Files.list(checkout.templates())) {
      return all.map(p -> p.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void whatWasNotUsedForLongGoesWithItsLayers() throws Exception {
    template("xfce-1", LONG, "xfce-files-1", "shared-1");
    template("xfce-2", Duration.ZERO, "xfce-files-2", "shared-1");
    file("xfce-files-1.erofs", "", LONG);
    file("xfce-files-2.erofs", "", LONG);
    file("shared-1.erofs", "", LONG);
    file("stray-1.erofs", "", LONG);
    assertEquals(Set.of("xfce-2.json", "xfce-files-2.erofs", "shared-1.erofs"), leftBy());
  }

  @Test
  void whatARunHasInstalledStays() throws Exception {
    template("xfce-1", LONG, "xfce-files-1");
    file("xfce-files-1.erofs", "", LONG);
    Set<String> left = leftBy(checkout.templates().resolve("xfce-1.json"));
    assertEquals(Set.of("xfce-1.json", "xfce-files-1.erofs"), left);
  }

  @Test
  void imagesFromBeforeThereWereLayersCountToo() throws Exception {
    file("old-1.json", "{\"id\": \"old-1\"}", LONG);
    file("old-1.erofs", "", LONG);
    file("new-1.json", "{\"id\": \"new-1\"}", Duration.ZERO);
    file("new-1.erofs", "", LONG);
    assertEquals(Set.of("new-1.json", "new-1.erofs"), leftBy());
  }

  @Test
  void aLayerThatIsJustBeingDescribedStays() throws Exception {
    file("xfce-files-3.erofs", "", Duration.ZERO);
    assertEquals(Set.of("xfce-files-3.erofs"), leftBy());
  }

  @Test
  void nothingGoesWhileADescriptionCannotBeRead() throws Exception {
    file("later-1.json", "{\"layers\": {\"of\": \"another version\"}}", Duration.ZERO);
    file("later-1.erofs", "", LONG);
    assertEquals(Set.of("later-1.json", "later-1.erofs"), leftBy());
  }
}

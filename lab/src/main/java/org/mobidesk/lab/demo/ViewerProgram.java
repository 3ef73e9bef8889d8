package org.mobidesk.lab.demo;

import java.util.ArrayList;
import java.util.List;
import org.mobidesk.lab.setup.Checkout;

/** How the viewer that the build made is run. */
public final class ViewerProgram {
  private ViewerProgram() {}

  /** The words of the command, to be followed by the viewer's own options. */
  public static List<String> words(Checkout checkout, List<String> jvmOptions) {
    List<String> words = new ArrayList<>();
    words.add(System.getProperty("java.home") + "/bin/java");
    words.addAll(jvmOptions);
    words.addAll(
        List.of(
            "--enable-native-access=javafx.graphics",
            "--sun-misc-unsafe-memory-access=allow",
            "--module-path",
            checkout.built("viewer-javafx/target/viewer/lib").toString(),
            "--module",
            "org.mobidesk.viewer/org.mobidesk.viewer.Main"));
    return words;
  }
}

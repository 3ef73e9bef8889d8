package org.mobidesk.lab;

import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.TemplateImage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ./mobidesk template build NAME}. */
@Command(
    name = "template",
    description = "Session templates; see templates/README.md.",
    mixinStandardHelpOptions = true)
final class TemplateCommand {

  @Command(
      name = "build",
      description =
          "Builds the image of a template, unless it is in the cache, and prints where it is.",
      mixinStandardHelpOptions = true)
  int build(@Parameters(paramLabel = "NAME", description = "xfce or minimal") String name) {
    System.out.println(
        new TemplateImage(Checkout.find(), new Progress(System.err)).make(name).image());
    return 0;
  }
}

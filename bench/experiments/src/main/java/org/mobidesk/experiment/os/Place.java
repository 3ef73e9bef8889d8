package org.mobidesk.experiment.os;

import org.mobidesk.lab.process.Command;

/** Where programs are run to be measured; all places have the same files of the same template. */
interface Place {
  /** As in the table; of us, {@code MobiDesk}. */
  String name();

  /** A program in it, as its root. */
  Command command(String... words);
}

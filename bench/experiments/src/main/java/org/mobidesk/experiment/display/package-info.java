/**
 * {@code ./mobidesk bench display}: the same desktop shown by MobiDesk and by its peers, each with
 * its own real viewer, side by side on the same lines, driven and watched by one program.
 */
package org.mobidesk.experiment.display;

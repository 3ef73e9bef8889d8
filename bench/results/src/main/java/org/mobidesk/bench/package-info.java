/**
 * The one format of measured results: what the demo and every benchmark write to {@code
 * docs/results/} as JSON, as a table and as a plot.
 *
 * <pre>{@code
 * Results.of("demo")
 *     .row("xfce", "applications stopped", "ms", 612.0, 598.4, 640.2)
 *     .write(Path.of("docs/results"));
 * }</pre>
 */
package org.mobidesk.bench;

/**
 * Benchmarks: each measures one property of MobiDesk beside the plain machine or its peers, and
 * writes {@code docs/results/NAME.*} by {@link org.mobidesk.bench.Results}.
 */
package org.mobidesk.experiment;

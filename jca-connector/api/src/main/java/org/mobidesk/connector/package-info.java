/**
 * What an application sees of the host daemon: connections through the resource adapter, and the
 * events of its sessions.
 *
 * <p>Method for method this is {@code native/include/mobidesk.h}; what an operation promises is
 * said there. Sizes are bytes, {@code ..Us} are microseconds (of CLOCK_MONOTONIC of that host where
 * they are instants), addresses are IPv4 in dotted form.
 */
package org.mobidesk.connector;

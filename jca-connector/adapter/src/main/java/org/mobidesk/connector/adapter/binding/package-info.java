/**
 * The binding of {@code native/include/mobidesk.h} through JNA, in the names of C.
 *
 * <p>{@link org.mobidesk.connector.adapter.binding.HostHandle} is the only class that the adapter
 * uses: it alone touches native memory. A test compiles the header and compares every size and
 * offset, and every function's parameters.
 */
package org.mobidesk.connector.adapter.binding;

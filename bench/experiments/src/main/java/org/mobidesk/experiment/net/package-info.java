/** {@code ./mobidesk bench net}: what the network of sessions costs. */
package org.mobidesk.experiment.net;

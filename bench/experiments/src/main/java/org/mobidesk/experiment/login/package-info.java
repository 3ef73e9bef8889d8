/**
 * How long a user waits for a desktop: booted, restored from a golden checkpoint, back from
 * hibernation.
 */
package org.mobidesk.experiment.login;

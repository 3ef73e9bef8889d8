/** How long applications stand still while their session moves, and where that time goes. */
package org.mobidesk.experiment.migrate;

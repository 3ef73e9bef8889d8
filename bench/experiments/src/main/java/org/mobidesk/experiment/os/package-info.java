/** What the confinement of a session costs the programs in it (paper, table 2 and figure 5). */
package org.mobidesk.experiment.os;

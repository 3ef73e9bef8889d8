/** The administrator's command: operates an installation over its REST interface (docs/rest.md). */
package org.mobidesk.cli;

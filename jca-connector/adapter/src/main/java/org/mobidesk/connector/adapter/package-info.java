/**
 * The resource adapter (Jakarta Connectors 2.1) of the host daemon: outbound connections without
 * transactions, inbound events of sessions.
 */
package org.mobidesk.connector.adapter;

package org.mobidesk.protocol;

/**
 * What viewer and session say to each other on the display channel. Messages are immutable but for
 * the byte buffers that some of them borrow (said there). Constructors refuse, by
 * IllegalArgumentException, what the protocol does not allow, so that neither end can send it.
 */
public sealed interface Message permits MessageToViewer, MessageToSession {}

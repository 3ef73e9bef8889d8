package org.mobidesk.interfaces.rest;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/** The REST interface (docs/rest.md). */
@ApplicationPath("api/v1")
public class RestApplication extends Application {}

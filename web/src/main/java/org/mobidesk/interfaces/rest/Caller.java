package org.mobidesk.interfaces.rest;

import jakarta.enterprise.context.RequestScoped;

/** The administrator who makes a request, and where from. */
@RequestScoped
public class Caller {

  private String name;
  private String origin;

  void is(String administrator, String address) {
    name = administrator;
    origin = address;
  }

  String name() {
    return name;
  }

  String origin() {
    return origin;
  }
}

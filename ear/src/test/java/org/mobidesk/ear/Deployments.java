package org.mobidesk.ear;

import java.io.File;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.importer.ZipImporter;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.jboss.shrinkwrap.api.spec.JavaArchive;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** The EAR as it was packaged. */
final class Deployments {

  private Deployments() {}

  /** With test classes in its web module, where they see all that the application sees. */
  static EnterpriseArchive with(Class<?>... tests) {
    EnterpriseArchive ear =
        ShrinkWrap.create(ZipImporter.class, "mobidesk.ear")
            .importFrom(new File("target/mobidesk.ear"))
            .as(EnterpriseArchive.class);
    WebArchive web = ear.getAsType(WebArchive.class, "mobidesk-web.war");
    web.addClasses(tests);
    return ear.addAsModule(web);
  }

  /** With classes that come between the application and its messages. */
  static EnterpriseArchive withSenders(Class<?>... decorators) {
    EnterpriseArchive ear = with();
    JavaArchive ejb = ear.getAsType(JavaArchive.class, "mobidesk-ejb.jar");
    ejb.addClasses(decorators);
    return ear.addAsModule(ejb);
  }
}

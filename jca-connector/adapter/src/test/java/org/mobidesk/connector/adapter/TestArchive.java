package org.mobidesk.connector.adapter;

import java.io.File;
import java.net.URISyntaxException;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.asset.EmptyAsset;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.jboss.shrinkwrap.api.spec.JavaArchive;
import org.jboss.shrinkwrap.api.spec.ResourceAdapterArchive;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** The connector as the EAR has it: archive, API and JNA in its lib directory. */
final class TestArchive {

  static final String RAR = "mobidesk-connector.rar";

  private TestArchive() {}

  static EnterpriseArchive with(String name, Class<?>... classes) {
    JavaArchive api =
        ShrinkWrap.create(JavaArchive.class, "mobidesk-connector-api.jar")
            .addPackage("org.mobidesk.connector");
    JavaArchive adapter =
        ShrinkWrap.create(JavaArchive.class, "mobidesk-connector-adapter.jar")
            .addPackages(
                true,
                path -> !path.get().matches(".*(Test|IT)(\\$.*)?\\.class"),
                "org.mobidesk.connector.adapter")
            .deleteClasses(TestNode.class, TestArchive.class, HostDaemon.class)
            .deleteClasses(classes);
    ResourceAdapterArchive rar =
        ShrinkWrap.create(ResourceAdapterArchive.class, RAR)
            .addAsLibrary(adapter)
            .addAsManifestResource(
                new File("../rar/src/main/rar/META-INF/ironjacamar.xml"), "ironjacamar.xml");
    WebArchive war =
        ShrinkWrap.create(WebArchive.class, "test.war")
            .addClasses(HostDaemon.class)
            .addClasses(classes)
            .addAsWebInfResource(EmptyAsset.INSTANCE, "beans.xml");
    return ShrinkWrap.create(EnterpriseArchive.class, name)
        .addAsLibrary(api)
        .addAsLibrary(jarOf(com.sun.jna.Native.class))
        .addAsModule(rar)
        .addAsModule(war);
  }

  private static File jarOf(Class<?> type) {
    try {
      return new File(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}

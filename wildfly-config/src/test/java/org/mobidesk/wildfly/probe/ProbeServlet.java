package org.mobidesk.wildfly.probe;

import jakarta.annotation.Resource;
import jakarta.ejb.EJB;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.TextMessage;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ConcurrentMap;
import javax.sql.DataSource;

/** What the test asks a node to do with that which its configuration gives to applications. */
@WebServlet("/*")
public class ProbeServlet extends HttpServlet {

  private static final long serialVersionUID = 1L;

  @Resource(lookup = "java:/jms/MobiDesk")
  private transient ConnectionFactory broker;

  @Resource(lookup = "java:/jms/queue/ServerCommands")
  private transient Queue commands;

  @Resource(lookup = "java:jboss/infinispan/cache/mobidesk/cookies")
  private transient ConcurrentMap<String, String> cookies;

  @Resource(lookup = "java:jboss/infinispan/cache/mobidesk/locations")
  private transient ConcurrentMap<String, String> locations;

  @Resource(lookup = "java:jboss/datasources/MobiDesk")
  private transient DataSource database;

  @EJB private transient Reports reports;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws ServletException, IOException {
    String key = request.getParameter("key");
    String value = request.getParameter("value");
    String answer =
        switch (request.getPathInfo()) {
          case "/command" -> command(key, value);
          case "/report" -> reports.of(key);
          case "/cookie" -> value == null ? cookies.get(key) : cookies.putIfAbsent(key, value);
          case "/location" ->
              value == null ? locations.get(key) : locations.putIfAbsent(key, value);
          case "/database" -> databaseUrl();
          default -> throw new ServletException("not known: " + request.getPathInfo());
        };
    response.getWriter().print(answer);
  }

  /** Says how many bytes came. */
  @Override
  protected void doPut(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response
        .getWriter()
        .print(request.getInputStream().transferTo(OutputStream.nullOutputStream()));
  }

  private String command(String text, String target) throws ServletException {
    try (JMSContext context = broker.createContext()) {
      TextMessage message = context.createTextMessage(text);
      message.setStringProperty("target", target);
      context.createProducer().send(commands, message);
      return "sent";
    } catch (JMSException e) {
      throw new ServletException(e);
    }
  }

  private String databaseUrl() throws ServletException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet one = statement.executeQuery("VALUES 1")) {
      return one.next() ? connection.getMetaData().getURL() : "no row";
    } catch (SQLException e) {
      throw new ServletException(e);
    }
  }
}

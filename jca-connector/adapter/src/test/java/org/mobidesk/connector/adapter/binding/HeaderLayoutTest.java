package org.mobidesk.connector.adapter.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.sun.jna.Native;
import com.sun.jna.Structure;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The binding is the header: sizes, offsets, constants and functions, as the C compiler sees them.
 */
class HeaderLayoutTest {

  private static final Path INCLUDE = Path.of("../../native/include").toAbsolutePath().normalize();
  private static final Path HEADER = INCLUDE.resolve("mobidesk.h");

  @Test
  void everyFieldLiesWhereTheCompilerPutsIt(@TempDir Path dir) throws Exception {
    List<String> ours = new ArrayList<>();
    StringBuilder program =
        new StringBuilder("#include <mobidesk.h>\n#include <stdio.h>\nint main(void) {\n");
    for (Class<? extends Structure> type : structures()) {
      String c = type.getAnnotation(Structures.CType.class).value();
      Structure structure = type.getDeclaredConstructor().newInstance();
      ours.add(c + " size " + structure.size());
      print(program, c + " size", "sizeof(" + c + ")");
      for (String field : type.getAnnotation(Structure.FieldOrder.class).value()) {
        ours.add(c + "." + field + " at " + offset(structure, field));
        print(program, c + "." + field + " at", "offsetof(" + c + ", " + field + ")");
        ours.add(c + "." + field + " size " + size(structure, type.getField(field)));
        print(program, c + "." + field + " size", "sizeof(((" + c + " *)0)->" + field + ")");
      }
    }
    ours.add("size_t size " + Long.BYTES);
    print(program, "size_t size", "sizeof(size_t)");
    ours.add("ticket size " + LibMobidesk.TICKET_SIZE);
    print(program, "ticket size", "(size_t)MOBIDESK_TICKET_SIZE");
    ours.add(
        "flags size "
            + (LibMobidesk.KEEP_DISK
                | LibMobidesk.EXEC_ROOT << 8
                | LibMobidesk.DISK_LAST << 16
                | LibMobidesk.DISK_WHOLE << 24));
    print(
        program,
        "flags size",
        "(size_t)(MOBIDESK_KEEP_DISK | MOBIDESK_EXEC_ROOT << 8 | MOBIDESK_DISK_LAST << 16 |"
            + " MOBIDESK_DISK_WHOLE << 24)");
    assertEquals(ours, run(dir, program.append("}\n").toString()));
  }

  @Test
  void everyStructureOfTheHeaderIsBound() throws IOException {
    List<String> header =
        Pattern.compile("^\\} (mobidesk_\\w+);", Pattern.MULTILINE)
            .matcher(Files.readString(HEADER))
            .results()
            .map(found -> found.group(1))
            .sorted()
            .toList();
    List<String> ours =
        structures().stream()
            .map(type -> type.getAnnotation(Structures.CType.class).value())
            .sorted()
            .toList();
    assertEquals(header, ours);
  }

  @Test
  void everyFunctionOfTheHeaderIsBoundWithItsParameters() throws IOException {
    Map<String, String> header = new TreeMap<>();
    var function =
        Pattern.compile("MOBIDESK_API (int|void) (mobidesk_\\w+)\\(([^)]*)\\);")
            .matcher(Files.readString(HEADER));
    while (function.find()) {
      List<String> parameters =
          Arrays.stream(function.group(3).split(",")).map(HeaderLayoutTest::javaType).toList();
      header.put(function.group(2), function.group(1) + parameters);
    }
    assertFalse(header.isEmpty(), "no functions found in " + HEADER);
    Map<String, String> ours = new TreeMap<>();
    for (Method method : LibMobidesk.class.getDeclaredMethods()) {
      List<String> parameters =
          Arrays.stream(method.getParameterTypes()).map(HeaderLayoutTest::plainName).toList();
      ours.put(method.getName(), method.getReturnType() + "" + parameters);
    }
    assertEquals(header, ours);
  }

  /** What a parameter of the header has to be in the binding. */
  private static String javaType(String parameter) {
    String c = parameter.strip().replaceAll("\\s+", " ");
    if (c.startsWith("char ticket[")) {
      return "byte[]";
    }
    var typed = Pattern.compile("(.*?[ *])\\w+").matcher(c);
    String type = typed.matches() ? typed.group(1).strip() : c;
    return switch (type) {
      case "const char *" -> "String";
      case "const char *const *" -> "String[]";
      case "uint64_t", "size_t" -> "long";
      case "uint32_t", "int" -> "int";
      case "uint32_t *" -> "IntByReference";
      case "uint64_t *", "size_t *" -> "LongByReference";
      case "mobidesk *", "void *" -> "Pointer";
      default -> type.endsWith("**") ? "PointerByReference" : type.replaceAll("^const | \\*$", "");
    };
  }

  private static String plainName(Class<?> type) {
    Structures.CType c = type.getAnnotation(Structures.CType.class);
    return c == null ? type.getSimpleName() : c.value();
  }

  private static List<Class<? extends Structure>> structures() {
    List<Class<? extends Structure>> types = new ArrayList<>();
    for (Class<?> nested : Structures.class.getDeclaredClasses()) {
      if (Structure.class.isAssignableFrom(nested)) {
        types.add(nested.asSubclass(Structure.class));
      }
    }
    types.sort((a, b) -> a.getName().compareTo(b.getName()));
    return types;
  }

  private static int offset(Structure structure, String field) throws ReflectiveOperationException {
    Method fieldOffset = Structure.class.getDeclaredMethod("fieldOffset", String.class);
    fieldOffset.setAccessible(true);
    return (int) fieldOffset.invoke(structure, field);
  }

  private static int size(Structure structure, Field field) throws ReflectiveOperationException {
    return Native.getNativeSize(field.getType(), field.get(structure));
  }

  private static void print(StringBuilder program, String label, String expression) {
    program
        .append("printf(\"")
        .append(label)
        .append(" %zu\\n\", ")
        .append(expression)
        .append(");\n");
  }

  private static List<String> run(Path dir, String program)
      throws IOException, InterruptedException {
    Path source = Files.writeString(dir.resolve("layout.c"), program);
    Path binary = dir.resolve("layout");
    output("cc", "-Wall", "-Werror", "-I" + INCLUDE, "-o", binary.toString(), source.toString());
    return output(binary.toString()).lines().toList();
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ":\n" + output);
    return output;
  }
}

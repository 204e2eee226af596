package judges;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.validators.ValidatorConfig;
import org.verapdf.pdfa.validation.validators.ValidatorConfigBuilder;

/**
 * Judges every named file against every named flavour in one JVM and prints a JSON array to stdout.
 *
 * <p>Usage: {@code VeraPdfJudge FLAVOUR[,FLAVOUR...] FILE...}, with veraPDF's flavour names ("3a",
 * "ua1"). The exit code is 0 whenever a verdict was printed for each pair; a file that cannot be
 * parsed is a verdict (not compliant, with "error"), so one broken file never hides the others.
 */
public final class VeraPdfJudge {

  private static final int ALL_CHECKS = -1;

  private VeraPdfJudge() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 2) {
      System.err.println("usage: VeraPdfJudge FLAVOUR[,FLAVOUR...] FILE...");
      System.exit(2);
    }
    Logger.getLogger("").setLevel(Level.OFF); // stdout is for verdicts, stderr for a crash
    VeraGreenfieldFoundryProvider.initialise();
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode verdicts = mapper.createArrayNode();
    for (String name : List.of(arguments).subList(1, arguments.length)) {
      for (String flavour : arguments[0].split(",")) {
        judge(new File(name), knownFlavour(flavour), verdicts.addObject());
      }
    }
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.println(mapper.writeValueAsString(verdicts));
  }

  /** veraPDF answers an unknown name with "no flavour" and would then judge nothing. */
  private static PDFAFlavour knownFlavour(String name) {
    PDFAFlavour flavour = PDFAFlavour.byFlavourId(name);
    if (flavour == null || flavour == PDFAFlavour.NO_FLAVOUR) {
      throw new IllegalArgumentException("unknown flavour: " + name);
    }
    return flavour;
  }

  private static void judge(File file, PDFAFlavour flavour, ObjectNode verdict) {
    verdict.put("file", file.getPath()).put("flavour", flavour.getId());
    ArrayNode failures = verdict.putArray("failures");
    ValidatorConfig config =
        ValidatorConfigBuilder.defaultBuilder()
            .flavour(flavour)
            .maxFails(ALL_CHECKS)
            .showErrorMessages(true)
            .build();
    try (PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour);
        PDFAValidator validator = Foundries.defaultInstance().createValidator(config, flavour)) {
      ValidationResult result = validator.validate(parser);
      verdict.put("compliant", result.isCompliant());
      verdict.put("assertions", result.getTotalAssertions());
      result.getTestAssertions().stream()
          .filter(assertion -> assertion.getStatus() == TestAssertion.Status.FAILED)
          .forEach(assertion -> describe(assertion, failures.addObject()));
    } catch (Exception | StackOverflowError problem) {
      verdict.put("compliant", false).put("assertions", 0).put("error", problem.toString());
    }
  }

  private static void describe(TestAssertion assertion, ObjectNode failure) {
    failure.put("clause", assertion.getRuleId().getClause());
    failure.put("test", assertion.getRuleId().getTestNumber());
    failure.put("description", assertion.getMessage());
    failure.put("found", assertion.getErrorMessage());
    failure.put("location", assertion.getLocation().getContext());
  }
}

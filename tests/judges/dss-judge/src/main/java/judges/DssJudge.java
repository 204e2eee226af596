package judges;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.pades.validation.PDFDocumentValidator;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Judges every signature of every named PDF with one trusted root and nothing fetched, and prints a
 * JSON array to stdout.
 *
 * <p>Usage: {@code DssJudge ROOT FILE...}, the root being a certificate in PEM or DER. The exit code
 * is 0 whenever each file was judged; a file that cannot be read is a verdict with "error".
 */
public final class DssJudge {

  private DssJudge() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 2) {
      System.err.println("usage: DssJudge ROOT FILE...");
      System.exit(2);
    }
    Logger.getLogger("").setLevel(Level.OFF); // stdout is for verdicts, stderr for a crash
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode verdicts = mapper.createArrayNode();
    for (String name : List.of(arguments).subList(1, arguments.length)) {
      judge(new File(name), new File(arguments[0]), verdicts.addObject());
    }
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.println(mapper.writeValueAsString(verdicts));
  }

  private static void judge(File file, File root, ObjectNode verdict) {
    verdict.put("file", file.getPath());
    ArrayNode signatures = verdict.putArray("signatures");
    try {
      CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
      trusted.addCertificate(DSSUtils.loadCertificate(root));
      CommonCertificateVerifier verifier = new CommonCertificateVerifier();
      verifier.setTrustedCertSources(trusted);
      verifier.setAIASource(null);
      PDFDocumentValidator validator = new PDFDocumentValidator(new FileDocument(file));
      validator.setCertificateVerifier(verifier);
      Reports reports = validator.validateDocument();
      DiagnosticData data = reports.getDiagnosticData();
      for (SignatureWrapper signature : data.getSignatures()) {
        describe(signature, reports.getSimpleReport(), signatures.addObject());
      }
    } catch (Exception | StackOverflowError problem) {
      verdict.put("error", problem.toString());
    }
  }

  private static void describe(SignatureWrapper signature, SimpleReport report, ObjectNode out) {
    String id = signature.getId();
    out.put("level", String.valueOf(signature.getSignatureFormat()).replace('_', '-'));
    out.put("indication", String.valueOf(report.getIndication(id)));
    out.put("sub_indication", String.valueOf(report.getSubIndication(id)));
    out.put("intact", signature.isSignatureIntact() && signature.isSignatureValid());
    out.put("trusted", signature.isTrustedChain());
    out.put("bound", signature.isSigningCertificateReferencePresent()
        && signature.getSigningCertificateReference().isDigestValueMatch());
    out.put("modified", signature.arePdfModificationsDetected());
    out.put("algorithm", String.valueOf(signature.getSignatureAlgorithm()));
    ArrayNode timestamps = out.putArray("timestamps");
    for (TimestampWrapper timestamp : signature.getTimestampList()) {
      timestamps.addObject()
          .put("type", String.valueOf(timestamp.getType()))
          .put("valid", timestamp.isMessageImprintDataIntact() && timestamp.isSignatureValid())
          .put("trusted", timestamp.isTrustedChain());
    }
    ArrayNode problems = out.putArray("problems");
    report.getAdESValidationErrors(id).forEach(message -> problems.add(message.getValue()));
  }
}

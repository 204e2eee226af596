import certsvc.api.BatchesApi;
import certsvc.api.CertificatesApi;
import certsvc.api.EventsApi;
import certsvc.api.Oauth2Api;
import certsvc.api.RecordsApi;
import certsvc.api.UsesApi;
import certsvc.api.VerificationsApi;
import certsvc.invoker.ApiClient;
import certsvc.invoker.ApiException;
import certsvc.model.CertificateRequest;
import certsvc.model.Problem;
import certsvc.model.WithdrawalReasonCode;
import certsvc.model.WithdrawalRequest;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Eleven operations through the client that openapi-generator makes; one line of JSON each. */
public final class Client {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static void tell(String operation, Object... found) throws Exception {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("operation", operation);
    for (int at = 0; at < found.length; at += 2) {
      line.put((String) found[at], found[at + 1]);
    }
    System.out.println(JSON.writeValueAsString(line));
  }

  private static CertificateRequest wanted(String type, String holder) {
    return new CertificateRequest()
        .type(type)
        .holder(holder)
        .matter("talent-subsidy")
        .purpose("申领人才住房补贴");
  }

  public static void main(String[] arguments) throws Exception {
    String site = System.getProperty("site");
    String holder = System.getProperty("holder");
    ApiClient guest = new ApiClient();
    guest.updateBaseUri(site);
    var token =
        new Oauth2Api(guest)
            .createToken(
                "client_credentials", null, "generated", System.getenv("CLIENT_SECRET"));
    tell("create_token", "lasts", token.getExpiresIn());

    ApiClient here = new ApiClient();
    here.updateBaseUri(site);
    here.setRequestInterceptor(
        request -> request.header("Authorization", "Bearer " + token.getAccessToken()));
    tell("list_uses", "some", !new UsesApi(here).listUses(null, null).getItems().isEmpty());

    CertificatesApi certificates = new CertificatesApi(here);
    var issued = certificates.issueCertificate("java", wanted("social-insurance", holder));
    var again =
        certificates.issueCertificateWithHttpInfo("java", wanted("social-insurance", holder));
    String number = issued.getCopyNumber();
    tell(
        "issue_certificate",
        "replayed",
        again.getHeaders().getOrDefault("idempotent-replayed", List.of("-")).get(0),
        "same",
        again.getData().getCopyNumber().equals(number));
    var found =
        certificates.listCertificates(
            "-extracted_at", null, null, null, null, null, number, null, null);
    tell(
        "list_certificates",
        "found",
        found.getItems().stream().map(each -> each.getCopyNumber().equals(number)).toList());
    var copy = certificates.getCertificate(number);
    tell(
        "get_certificate",
        "matter",
        copy.getMatterCode(),
        "instant",
        copy.getExtractedAt().toInstant() != null);
    File file = certificates.getCertificateFile(number, null, null, null);
    byte[] pdf = Files.readAllBytes(file.toPath());
    String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(pdf));
    tell("get_certificate_file", "whole", digest.equals(copy.getSha256()));
    var data = certificates.getCertificateData(number, null);
    tell("get_certificate_data", "number", data.getExtraction().getCopyNumber().equals(number));
    File table = new BatchesApi(here).getBatchTemplate("xlsx", null);
    tell("get_batch_template", "begins", new String(Files.readAllBytes(table.toPath()), 0, 2));
    tell("check_file", "answer", new VerificationsApi(guest).checkFile(file, null).getAnswer());
    var reason = new WithdrawalRequest().reasonCode(WithdrawalReasonCode.TAKEN_BY_MISTAKE).reason("误提");
    var withdrawn = new RecordsApi(here).withdrawOneCopy(number, reason);
    tell("withdraw_one_copy", "number", withdrawn.getCopyNumber().equals(number));
    var happened = new EventsApi(here).listEvents(null, null, null);
    tell("list_events", "some", !happened.getItems().isEmpty());
    try {
      certificates.issueCertificate("other", wanted("marriage", holder));
    } catch (ApiException refused) {
      Problem problem =
          ApiClient.createDefaultObjectMapper().readValue(refused.getResponseBody(), Problem.class);
      tell("problem", "code", problem.getCode(), "field", problem.getFaults().get(0).getField());
    }
  }
}

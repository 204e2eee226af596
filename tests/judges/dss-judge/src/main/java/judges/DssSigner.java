package judges;

import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.ToBeSigned;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import java.io.File;
import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/**
 * Signs a PDF at level BASELINE-B as EU DSS does, to have a stranger's file to judge.
 *
 * <p>Usage: {@code DssSigner KEYSTORE (IN OUT)...}, the keystore being PKCS #12 with the password
 * "test" and one entry, "signer".
 */
public final class DssSigner {

  private static final char[] PASSWORD = "test".toCharArray();

  private DssSigner() {}

  public static void main(String[] arguments) throws Exception {
    Logger.getLogger("").setLevel(Level.OFF);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (FileInputStream in = new FileInputStream(arguments[0])) {
      store.load(in, PASSWORD);
    }
    PrivateKey key = (PrivateKey) store.getKey("signer", PASSWORD);
    List<CertificateToken> chain =
        Arrays.stream(store.getCertificateChain("signer"))
            .map((Certificate each) -> new CertificateToken((X509Certificate) each))
            .collect(Collectors.toList());
    for (int at = 1; at + 1 < arguments.length; at += 2) {
      sign(new FileDocument(new File(arguments[at])), key, chain).save(arguments[at + 1]);
    }
  }

  private static DSSDocument sign(
      DSSDocument document, PrivateKey key, List<CertificateToken> chain) throws Exception {
    PAdESSignatureParameters parameters = new PAdESSignatureParameters();
    parameters.setSignatureLevel(SignatureLevel.PAdES_BASELINE_B);
    parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
    parameters.setSigningCertificate(chain.get(0));
    parameters.setCertificateChain(chain);
    PAdESService service = new PAdESService(new CommonCertificateVerifier());
    ToBeSigned attributes = service.getDataToSign(document, parameters);
    SignatureAlgorithm algorithm = parameters.getSignatureAlgorithm();
    Signature signature = Signature.getInstance(algorithm.getJCEId());
    signature.initSign(key);
    signature.update(attributes.getBytes());
    SignatureValue value = new SignatureValue(algorithm, signature.sign());
    return service.signDocument(document, parameters, value);
  }
}

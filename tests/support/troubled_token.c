/* A PKCS#11 library that is SoftHSM, until the file named by TOKEN_TROUBLE says otherwise:
 * "hang", "close" (the session; "close-once" for one only), "removed", "crash" when signing; "final-try" in the token's
 * flags; "zeros" for a signature of nothing. "hang-login", "crash-login" and "removed-login" go wrong
 * when logging in, "hang-find" and so on when looking for an object.
 * Every login adds a byte to the file named by TOKEN_LOGINS, and every call that hangs one to
 * the file named by TOKEN_HANGS; it goes on when the trouble ends.
 * Needs no headers: positions in CK_FUNCTION_LIST are those of PKCS#11 2.40. */

typedef unsigned long CK_RV;
typedef unsigned long CK_ULONG;
typedef CK_RV (*CK_FUNCTION)();
typedef struct { unsigned char version[2]; CK_FUNCTION functions[68]; } CK_FUNCTION_LIST;

enum { GET_TOKEN_INFO = 6, CLOSE_SESSION = 13, LOGIN = 18, FIND_OBJECTS_INIT = 26, SIGN = 43 };
enum { CKR_OK = 0, CKR_DEVICE_REMOVED = 0x32, RTLD_NOW = 2 };
enum { FLAGS_OFFSET = 96, CKF_USER_PIN_FINAL_TRY = 0x20000 };

extern void *dlopen(const char *, int);
extern void *dlsym(void *, const char *);
extern char *getenv(const char *);
extern int open(const char *, int, ...);
extern long read(int, void *, unsigned long);
extern long write(int, const void *, unsigned long);
extern int close(int);
extern int truncate(const char *, long);
extern int usleep(unsigned);
extern void abort(void);
extern int strcmp(const char *, const char *);

static CK_FUNCTION_LIST real, ours;

static const char *trouble(void) {
  static char text[32];
  const char *path = getenv("TOKEN_TROUBLE");
  int file = path ? open(path, 0) : -1;
  long size = file < 0 ? 0 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  text[size > 0 ? size : 0] = 0;
  return text;
}

static void note(const char *variable) {
  const char *path = getenv(variable);
  int file = path ? open(path, 02001) : -1; /* O_WRONLY | O_APPEND */
  if (file >= 0) write(file, ".", 1), close(file);
}

static void hang(const char *kind) {
  note("TOKEN_HANGS");
  while (!strcmp(trouble(), kind)) usleep(20000);
}

static CK_RV sign(CK_ULONG session, void *data, CK_ULONG size, unsigned char *to, CK_ULONG *room) {
  const char *what = trouble();
  if (!strcmp(what, "hang")) hang("hang");
  if (!strcmp(what, "crash")) abort();
  if (!strcmp(what, "removed")) return CKR_DEVICE_REMOVED;
  if (!strcmp(what, "close")) real.functions[CLOSE_SESSION](session);
  if (!strcmp(what, "close-once")) {
    truncate(getenv("TOKEN_TROUBLE"), 0);
    real.functions[CLOSE_SESSION](session);
  }
  CK_RV result = real.functions[SIGN](session, data, size, to, room);
  if (!strcmp(what, "zeros") && to) for (CK_ULONG i = 0; i < *room; i++) to[i] = 0;
  return result;
}

static CK_RV login(CK_ULONG session, CK_ULONG who, void *pin, CK_ULONG size) {
  note("TOKEN_LOGINS");
  if (!strcmp(trouble(), "hang-login")) hang("hang-login");
  if (!strcmp(trouble(), "crash-login")) abort();
  if (!strcmp(trouble(), "removed-login")) return CKR_DEVICE_REMOVED;
  return real.functions[LOGIN](session, who, pin, size);
}

static CK_RV find_objects_init(CK_ULONG session, void *wanted, CK_ULONG count) {
  if (!strcmp(trouble(), "hang-find")) hang("hang-find");
  if (!strcmp(trouble(), "crash-find")) abort();
  if (!strcmp(trouble(), "removed-find")) return CKR_DEVICE_REMOVED;
  return real.functions[FIND_OBJECTS_INIT](session, wanted, count);
}

static CK_RV get_token_info(CK_ULONG slot, unsigned char *info) {
  CK_RV result = real.functions[GET_TOKEN_INFO](slot, info);
  if (!strcmp(trouble(), "final-try")) *(CK_ULONG *)(info + FLAGS_OFFSET) |= CKF_USER_PIN_FINAL_TRY;
  return result;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
  void *library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW);
  CK_RV (*get)(CK_FUNCTION_LIST **) = library ? dlsym(library, "C_GetFunctionList") : 0;
  CK_FUNCTION_LIST *found;
  if (!get || get(&found) != CKR_OK) return CKR_DEVICE_REMOVED;
  real = ours = *found;
  ours.functions[GET_TOKEN_INFO] = get_token_info;
  ours.functions[LOGIN] = login;
  ours.functions[FIND_OBJECTS_INIT] = find_objects_init;
  ours.functions[SIGN] = sign;
  *list = &ours;
  return CKR_OK;
}

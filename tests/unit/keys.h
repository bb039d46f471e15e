/* SPDX-License-Identifier: Apache-2.0 */
/* Keys made for the tests alone: they sign nothing and are trusted nowhere. */
#pragma once

/* The same key in several forms. */
#define KEY_PRIVATE_P256                                                     \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgP29rdMBgA9Z5iDuB\n" \
	"cZaBj2WdOnAksR5yIPVZ4vuB8bChRANCAATJC1WNqDNlzj/cwJA0JKO1O2hMbLmt\n" \
	"kiwAYk/iY0M1M77mcemMn3cWJOl2nQMFDwLcjiC8l94IeVqISf9qI38c\n"         \
	"-----END PRIVATE KEY-----\n"

#define KEY_PUBLIC_P256                                                      \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEyQtVjagzZc4/3MCQNCSjtTtoTGy5\n" \
	"rZIsAGJP4mNDNTO+5nHpjJ93FiTpdp0DBQ8C3I4gvJfeCHlaiEn/aiN/HA==\n"     \
	"-----END PUBLIC KEY-----\n"

/* The point compressed: another text, the same key. */
#define KEY_PUBLIC_P256_COMPRESSED                                           \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACyQtVjagzZc4/3MCQNCSjtTtoTGy5\n" \
	"rZIsAGJP4mNDNTM=\n"                                                 \
	"-----END PUBLIC KEY-----\n"

/* The curve's parameters spelt out instead of its name. */
#define KEY_PUBLIC_P256_EXPLICIT                                             \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA\n" \
	"AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////\n" \
	"///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd\n" \
	"NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5\n" \
	"RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA\n" \
	"//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABMkLVY2oM2XOP9zAkDQko7U7\n" \
	"aExsua2SLABiT+JjQzUzvuZx6YyfdxYk6XadAwUPAtyOILyX3gh5WohJ/2ojfxw=\n" \
	"-----END PUBLIC KEY-----\n"

/* A byte after the key. */
#define KEY_PUBLIC_P256_TRAILING                                             \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEyQtVjagzZc4/3MCQNCSjtTtoTGy5\n" \
	"rZIsAGJP4mNDNTO+5nHpjJ93FiTpdp0DBQ8C3I4gvJfeCHlaiEn/aiN/HAA=\n"     \
	"-----END PUBLIC KEY-----\n"

/* The last bit of the point flipped. */
#define KEY_PUBLIC_P256_OFF_CURVE                                            \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEyQtVjagzZc4/3MCQNCSjtTtoTGy5\n" \
	"rZIsAGJP4mNDNTO+5nHpjJ93FiTpdp0DBQ8C3I4gvJfeCHlaiEn/aiN/HQ==\n"     \
	"-----END PUBLIC KEY-----\n"

/* Not PKCS#8. */
#define KEY_PRIVATE_P256_SEC1                                                \
	"-----BEGIN EC PRIVATE KEY-----\n"                                   \
	"MHcCAQEEID9va3TAYAPWeYg7gXGWgY9lnTpwJLEeciD1WeL7gfGwoAoGCCqGSM49\n" \
	"AwEHoUQDQgAEyQtVjagzZc4/3MCQNCSjtTtoTGy5rZIsAGJP4mNDNTO+5nHpjJ93\n" \
	"FiTpdp0DBQ8C3I4gvJfeCHlaiEn/aiN/HA==\n"                             \
	"-----END EC PRIVATE KEY-----\n"

/* The password is "x". */
#define KEY_PRIVATE_P256_ENCRYPTED                                           \
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"                            \
	"MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj4aN21wHeDggICCAAw\n" \
	"DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEK2Pl+9TUqDhUdOQbY6aMeEEgZCY\n" \
	"x2stllDbBZavjO83sVcccDZj9HZ1dfozo9J/nErLl2bPlv4P+9sHedxpSAONn/YJ\n" \
	"iEoQmWP7Q5if/eGFVAin0Degx2Pv1Qcsa8cqnUYJNkHSMkE8WzejS4z8Uyi6DDEV\n" \
	"8DfaxUGprw3RsdIfcJ4UGQHjcOqibtF+K5mI56VzF5th8R9yj0GmKILrOE6DLOM=\n" \
	"-----END ENCRYPTED PRIVATE KEY-----\n"

/* The public half of another key. */
#define KEY_PRIVATE_P256_MISMATCHED                                          \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgP29rdMBgA9Z5iDuB\n" \
	"cZaBj2WdOnAksR5yIPVZ4vuB8bChRANCAASaaOnQ6PEP0CIwbF41EUc6k7THvOkp\n" \
	"v9P0zJJq8Q1mfjw4eA7Ko7ahWT5NYBrilfhI8Ov2tlSJGlsl2rwaXkO6\n"         \
	"-----END PRIVATE KEY-----\n"

#define KEY_PRIVATE_P384                                                     \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCBn7HiyIVxIy/3at4q\n" \
	"+4wzDHVCyGjGHj+Nhsm4gKlw0NTE6LnBKxJYf0evkKXG5GmhZANiAAS/LF58lR5O\n" \
	"4wFj085etB2BGIirr8o32d5UllEP7ZPn5XAR0pGiSImYKxeSI3adWu193D+h3zGP\n" \
	"BQpT5nfQn0l8/20G5qQx+pEh5Tsg+aZGWYZhc392jZ/AWFAr9jpIAUg=\n"         \
	"-----END PRIVATE KEY-----\n"

#define KEY_PUBLIC_P384                                                      \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEvyxefJUeTuMBY9POXrQdgRiIq6/KN9ne\n" \
	"VJZRD+2T5+VwEdKRokiJmCsXkiN2nVrtfdw/od8xjwUKU+Z30J9JfP9tBuakMfqR\n" \
	"IeU7IPmmRlmGYXN/do2fwFhQK/Y6SAFI\n"                                 \
	"-----END PUBLIC KEY-----\n"

#define KEY_PRIVATE_RSA                                                      \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAKpofFN57FceAcZ/\n" \
	"j54Oc9Nf4NmHw+Hl161glchqfMboxASa/cpIQaCcu3/W5Q1Xo7gPS+IaC3HlwuLi\n" \
	"Lz4dm2z6eOckC2YNu0qnSF9IlbAQwWvs/NEF6n69320DK1g9a3DY1Casr0W1cHAk\n" \
	"RjQDekLSN4rJD9HZxr5+OfgMrqMBAgMBAAECgYAsD2H972tVRxPsb/UBR/lYsNSh\n" \
	"SgIyuUvfrzZrIGVsxKhSDIUMNUyKq5urPTPyFDPnlkTnjBZjd6XBJfxTEjKqOYeS\n" \
	"wMxp/+ts8RDilfA0QdRdqMtazHNqCSnYsPqOVyRQLhZnR4RJjwDoAU3/W4KroW3l\n" \
	"l+ii2qNTNWbRq29EMQJBAN78+TBlvfcbS/2o3m66xUnata4ollw6J55rImZbUrqd\n" \
	"J01vUrOA26lyEhv6cf91ULaXA29eoLSg+EPDX3yCdk0CQQDDoshAnkl+eAl450FL\n" \
	"qiWABYYzVPPyVqs0H5WzUb8dF0SJrYktJKsr+Dflur6Axz5mek5Ofm8FqRAEvWeY\n" \
	"ZGGFAkEAkD9/h5JZd++9kcLa2TCTDXqhCp+Q3Op11KIjZ6lt8/BTi2EXU61o680x\n" \
	"781sTz/5zZQVEcdaGF8FGvjY3TecBQJAA3WyguoJtLHcwQWd8v+cUCpI2EmNUuDT\n" \
	"gEV6uUQd1B7gOGsYPPMkD9AA9RAbZF2hreBF2D+GKRx3Sw4qcdh8nQJBAJvjdKiX\n" \
	"ZfknqOFvMKi3E44S46kWQbOzlMSve3YKdECczGk68yYspbziBtw9DfhHGptwhJ7T\n" \
	"BqjSZuK1EeWlPCA=\n"                                                 \
	"-----END PRIVATE KEY-----\n"

#define KEY_PUBLIC_RSA                                                       \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCqaHxTeexXHgHGf4+eDnPTX+DZ\n" \
	"h8Ph5detYJXIanzG6MQEmv3KSEGgnLt/1uUNV6O4D0viGgtx5cLi4i8+HZts+njn\n" \
	"JAtmDbtKp0hfSJWwEMFr7PzRBep+vd9tAytYPWtw2NQmrK9FtXBwJEY0A3pC0jeK\n" \
	"yQ/R2ca+fjn4DK6jAQIDAQAB\n"                                         \
	"-----END PUBLIC KEY-----\n"

/* RFC 6979, section A.2.5, and RFC 8032, section 7.1, tests 1 to 3, as SPKI. */
#define KEY_PUBLIC_RFC6979                                                   \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7\n" \
	"Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n"     \
	"-----END PUBLIC KEY-----\n"

#define KEY_PUBLIC_RFC8032_1                                             \
	"-----BEGIN PUBLIC KEY-----\n"                                   \
	"MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n" \
	"-----END PUBLIC KEY-----\n"

#define KEY_PUBLIC_RFC8032_2                                             \
	"-----BEGIN PUBLIC KEY-----\n"                                   \
	"MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n" \
	"-----END PUBLIC KEY-----\n"

#define KEY_PUBLIC_RFC8032_3                                             \
	"-----BEGIN PUBLIC KEY-----\n"                                   \
	"MCowBQYDK2VwAyEA/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=\n" \
	"-----END PUBLIC KEY-----\n"

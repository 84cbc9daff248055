#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The usual recipe that dahdi-faxmail is measured beside: recipe.py FAX.tif FAX.pdf PORT

A PDF by libtiff's tiff2pdf, a mail by Python's own library: no queue, no fsync, no retry, no preview, no PDF/A.
"""
import email.message
import smtplib
import subprocess
import sys

tiff, pdf, port = sys.argv[1:]
subprocess.run(["tiff2pdf", "-o", pdf, tiff], check=True)
mail = email.message.EmailMessage()
mail["From"], mail["To"], mail["Subject"] = "fax@example.org", "reader@example.org", "A fax"
mail.set_content("A fax has come in.\n")
with open(pdf, "rb") as file:
    mail.add_attachment(file.read(), maintype="application", subtype="pdf", filename="fax.pdf")
with smtplib.SMTP("127.0.0.1", int(port)) as server:
    server.send_message(mail)

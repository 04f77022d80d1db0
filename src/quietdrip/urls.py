"""Every address there is, and the one page it shows."""

from django.urls import path

from quietdrip.web import about, built, card, simulate

urlpatterns = [
    path("", card.home),
    path("card", card.page, name="card"),
    path("card.pdf", card.pdf, name="card-pdf"),
    path("card.json", card.json, name="card-json"),
    path("simulate", simulate.page, name="simulate"),
    path("about", about.page, name="about"),
    path("healthz", about.healthz),
    path("static/<str:digest>/<str:name>", built.file, name="built"),
]

"""`ganimate studio`: a face in a browser, with a slider for everything that moves it.

A program on this machine serves one page. Each tab is a session with a photo of its own (sessions,
subject); what it asks for arrives over a socket of which only the newest request is drawn (live),
as one of several views; guard refuses whoever is not that page. The page itself lies in page/.
"""

"""Sockets and files at the edge: the only homes of paho (MQTT) and zmq, and of recordings."""

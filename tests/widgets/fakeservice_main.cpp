// SPDX-License-Identifier: GPL-3.0-or-later
#include "fakeservice.h"

#include <QCoreApplication>
#include <QTextStream>
#include <QTimer>

#include <chrono>

using namespace earshot;
using namespace Qt::StringLiterals;

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() < 2) {
        QTextStream(stderr) << "usage: fakeservice SOCKET [MESSAGES_PER_SECOND] [empty]\n";
        return 2;
    }
    SystemClock clock;
    FakeService service(clock);
    if (!arguments.contains(u"empty"_s)) {
        service.addExamples();
    }
    if (const auto listening = service.listen(arguments.at(1)); !listening) {
        QTextStream(stderr) << listening.error().message << '\n';
        return 1;
    }
    const int rate = arguments.size() > 2 ? arguments.at(2).toInt() : 0;
    QTimer timer;
    qint64 count = 0;
    QObject::connect(&timer, &QTimer::timeout, &service, [&] {
        for (int i = 0; i < rate / 100; ++i) {
            rpc::MessageRow row;
            row.trigger = u"f/bots/orders"_s;
            row.verdict = rpc::Verdict::Filtered;
            service.addMessage(
                row, "{\"type\":\"tick\",\"seq\":" + QByteArray::number(++count) + "}");
        }
    });
    timer.start(std::chrono::milliseconds(10));
    return QCoreApplication::exec();
}
